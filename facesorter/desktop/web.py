"""The only access to the network, used only for transfers that the user requested.

[Note: one door] No other module opens a connection; `tests/test_privacy.py` enforces this by
checking the imports of all modules. Callers run in a worker thread and request one address, because
of a button press or a setting that is off by default. Each request is recorded before it is sent
(`desktop.network_uses`), for the user to see.
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
from facesorter.desktop import network_uses
from facesorter.errors import Message, UserError

TIMEOUT: Final = 20.0
"""Seconds without a byte before giving up: long for a slow line, short for a person."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
CERTIFICATES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Certificate stores of systems; programs built on another system look in the wrong place."""


class WebError(UserError):
    """The server can't be reached or does not deliver the requested content.

    Attributes:
        status: HTTP status of the response, 0 if there was none.
    """

    def __init__(self, text: str | Message, /, *, status: int = 0, **values: object) -> None:
        super().__init__(text, remedy=None, **values)
        self.status = status


LOST: Final = Message("The connection was lost. The download will resume when you try again.")


def ask(
    url: str, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT
) -> http.client.HTTPResponse:
    """Send one GET request and return the open response.

    The request identifies the program but not the user. Blocks. Thread: a worker.

    Raises:
        WebError: No connection, an untrusted certificate, or an error response.
    """
    check(url)
    _note(url)
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
            "Can’t connect to {host} ({error}).", host=host, error=_error_text(error.reason)
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise WebError(
            "The connection to {host} was lost ({error}).", host=host, error=_error_text(error)
        ) from error
    return answer


def read(answer: http.client.HTTPResponse, most: int) -> bytes:
    """Read up to ``most`` bytes; empty at the end. Blocks.

    Raises:
        WebError: The connection was lost.
    """
    try:
        return answer.read(most)
    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, http.client.HTTPException) as error:
        raise WebError(LOST) from error


def check(url: str) -> None:
    """Refuse unencrypted addresses, except on this computer.

    Raises:
        WebError: The address is refused.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise WebError(
        "{host} wasn’t contacted because the connection isn’t encrypted.",
        host=parts.hostname or url,
    )


def _note(url: str) -> None:
    try:
        network_uses.note(url)
    except OSError as error:
        raise WebError(
            "{host} wasn’t contacted, because it couldn’t be recorded ({error}).",
            host=urllib.parse.urlsplit(url).hostname or url,
            error=error,
        ) from error


class _Careful(urllib.request.HTTPRedirectHandler):
    """Handler that follows redirects, but not to unencrypted addresses."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        check(newurl)
        _note(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if os.name == "posix" and not context.get_ca_certs():
        # Certificate folders are read lazily; only files are visible here.
        for path in CERTIFICATES:
            if os.path.isfile(path):
                context.load_verify_locations(path)
                break
    return context


def _error_text(reason: object) -> str | Message:
    if isinstance(reason, TimeoutError):
        return Message("no response in time")
    if isinstance(reason, OSError) and reason.strerror:
        return str(reason.strerror)
    return str(reason)
