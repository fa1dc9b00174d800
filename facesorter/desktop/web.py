"""The only door to the network. It opens when the user asks for that very transfer, never before.

[Note: one door] No other module opens a connection, which `tests/test_privacy.py` holds by reading
the imports of all of them. Whoever comes here does so in a worker thread, for one address, because
of a press of a button or a setting that is off until the user switches it on.
"""

from __future__ import annotations

import http.client
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Final

from facesorter import NAME
from facesorter.errors import Message, UserError

TIMEOUT: Final = 20.0
"""Seconds without a single byte until we give up: long for a slow line, short for a person."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
CERTIFICATES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep whom they trust; a program built elsewhere looks in the wrong place."""


class WebError(UserError):
    """The other side can't be reached, or does not give what was asked for.

    Attributes:
        status: What the server answered, 0 where none did.
    """

    def __init__(self, text: str | Message, /, *, status: int = 0, **values: object) -> None:
        super().__init__(text, remedy=None, **values)
        self.status = status


LOST: Final = Message("The connection was lost. The download will resume when you try again.")


def ask(
    url: str, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT
) -> http.client.HTTPResponse:
    """Send one GET and return the open answer; it says what we are, and nothing of who the user is.

    Blocks. Thread: a worker.

    Raises:
        WebError: no connection, no trust, or an answer that is an error.
    """
    check(url)
    host = urllib.parse.urlsplit(url).hostname
    request = urllib.request.Request(url, headers={"User-Agent": NAME, **(headers or {})})
    handlers: list[urllib.request.BaseHandler] = [_Careful()]
    if urllib.parse.urlsplit(url).scheme == "https":
        handlers.append(urllib.request.HTTPSHandler(context=_trust()))
    if host in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        answer: http.client.HTTPResponse = urllib.request.build_opener(*handlers).open(
            request, timeout=timeout
        )
    except urllib.error.HTTPError as error:
        error.close()
        raise WebError(
            "{host} returned an error ({error}).",
            host=host,
            error=str(error.code),
            status=error.code,
        ) from error
    except urllib.error.URLError as error:
        raise WebError(
            "Can’t connect to {host} ({error}).", host=host, error=_said(error.reason)
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise WebError(
            "The connection to {host} was lost ({error}).", host=host, error=_said(error)
        ) from error
    return answer


def read(answer: http.client.HTTPResponse, most: int) -> bytes:
    """Read up to ``most`` bytes; empty at the end. Blocks.

    Raises:
        WebError: the connection broke off.
    """
    try:
        return answer.read(most)
    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, http.client.HTTPException) as error:
        raise WebError(LOST) from error


def check(url: str) -> None:
    """Refuse addresses whose way is not encrypted, except on this very computer.

    Raises:
        WebError: it is one.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise WebError(
        "{host} wasn’t contacted because the connection isn’t encrypted.",
        host=parts.hostname or url,
    )


class _Careful(urllib.request.HTTPRedirectHandler):
    """Follows a server to another one, but not out of the encryption."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if os.name == "posix" and not context.get_ca_certs():
        # Folders of certificates are read when they are needed; only files can be seen here.
        for path in CERTIFICATES:
            if os.path.isfile(path):
                context.load_verify_locations(path)
                break
    return context


def _said(reason: object) -> str | Message:
    if isinstance(reason, TimeoutError):
        return Message("no response in time")
    if isinstance(reason, OSError) and reason.strerror:
        return str(reason.strerror)
    return str(reason)
