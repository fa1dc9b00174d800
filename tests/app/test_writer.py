"""The writing thread: the user first, one bad job alone, nothing acknowledged that is not kept."""

from __future__ import annotations

import gc
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from facesorter.app import writer as module
from facesorter.app.writer import Writer
from facesorter.cancel import Cancelled
from facesorter.domain import Changes
from facesorter.errors import Message, UserError
from facesorter.library.decisions import corrections, journal
from facesorter.library.library import Library
from facesorter.storage import lock
from facesorter.storage.database import DATABASE_NAME, LibraryError, open_reader
from tests.library import made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    library = Library(tmp_path / "library")
    library.transact(lambda txn: made.fill(txn.connection, people=2, each=10, per_photo=1))
    library.close(snapshot=False)
    return tmp_path / "library"


@pytest.fixture
def writer(directory: Path) -> Iterator[Writer]:
    writer = Writer(directory)
    writer.start().result(30)
    yield writer
    assert writer.close(30)


class Gate:
    """Holds the writer until it is opened."""

    def __init__(self, writer: Writer) -> None:
        self._open = threading.Event()
        self.inside = threading.Event()
        writer.submit(self._wait)
        assert self.inside.wait(30)

    def _wait(self, _: Any) -> None:
        self.inside.set()
        assert self._open.wait(30)

    def open(self) -> None:
        self._open.set()


def note(_: Any, into: list[str], word: str) -> str:
    into.append(word)
    return word


def ignored(directory: Path) -> list[int]:
    reader = open_reader(directory)
    try:
        rows = reader.execute("SELECT id FROM face WHERE state = 'ignored' ORDER BY id").fetchall()
    finally:
        reader.close()
    return [row[0] for row in rows]


def test_the_users_acts_go_first(writer: Writer) -> None:
    gate, done = Gate(writer), list[str]()
    for number in range(120):
        last = writer.submit_machine(note, done, f"machine {number}")
    acts = [writer.submit(note, done, f"user {number}") for number in range(3)]
    gate.open()
    assert [act.result(30) for act in acts] == ["user 0", "user 1", "user 2"]
    last.result(30)
    assert done[:3] == ["user 0", "user 1", "user 2"]
    assert done[3:] == [f"machine {number}" for number in range(120)]


def test_what_is_acknowledged_is_committed(writer: Writer, directory: Path) -> None:
    for face in (1, 2, 3):
        writer.submit(corrections.ignore, [face]).result(30)
        assert face in ignored(directory)


def test_a_bad_job_does_not_take_its_batch_down(writer: Writer, directory: Path) -> None:
    heard: list[Message] = []
    writer.failed.connect(heard.append)

    def bad(txn: Any) -> None:
        corrections.ignore(txn, [19])
        raise ValueError("our own fault")

    gate = Gate(writer)
    futures = [writer.submit_machine(corrections.ignore, [face]) for face in (1, 2)]
    broken = writer.submit_machine(bad)
    futures += [writer.submit_machine(corrections.ignore, [face]) for face in (3, 4)]
    gate.open()
    for future in futures:
        future.result(30)
    with pytest.raises(ValueError, match="our own fault"):
        broken.result(30)
    assert ignored(directory) == [1, 2, 3, 4]
    assert list(map(str, heard)) == [
        "Some changes couldn’t be saved because of an internal error (our own fault)."
    ]


def test_a_users_error_is_the_askers_alone(writer: Writer) -> None:
    heard: list[Message] = []
    writer.failed.connect(heard.append)
    with pytest.raises(UserError, match="Person 77 no longer exists"):
        writer.submit(corrections.name, 77, "Anna").result(30)
    assert heard == []


def test_a_cancelled_act_is_not_done_and_harms_nobody(writer: Writer, directory: Path) -> None:
    gate = Gate(writer)
    act = writer.submit(corrections.ignore, [1])
    job = writer.submit_machine(corrections.ignore, [2])
    other = writer.submit_machine(corrections.ignore, [3])
    assert act.cancel() and job.cancel()
    gate.open()
    other.result(30)
    writer.submit(corrections.ignore, [4]).result(30)
    assert ignored(directory) == [3, 4]


def test_a_full_machine_queue_blocks_until_there_is_room(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_LIMIT", 3)
    gate, done = Gate(writer), list[str]()
    for _ in range(3):
        writer.submit_machine(note, done, "waits")
    put = threading.Event()

    def submit() -> None:
        writer.submit_machine(note, done, "late")
        put.set()

    thread = threading.Thread(target=submit)
    thread.start()
    assert not put.wait(0.2)
    assert writer.submit(note, done, "user").done() is False  # and did not block
    gate.open()
    assert put.wait(30)
    thread.join()


def test_closing_lets_the_blocked_go_and_finishes_what_waits(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_LIMIT", 2)
    writer = Writer(directory)
    writer.start().result(30)
    gate = Gate(writer)
    kept: list[Future[Any]] = [writer.submit_machine(corrections.ignore, [face]) for face in (1, 2)]
    kept.append(writer.submit(corrections.ignore, [3]))
    outcome: list[type] = []

    def submit() -> None:
        try:
            writer.submit_machine(corrections.ignore, [4])
        except Cancelled:
            outcome.append(Cancelled)

    thread = threading.Thread(target=submit)
    thread.start()
    closing = threading.Thread(target=writer.close)
    closing.start()
    thread.join(30)
    gate.open()
    closing.join(30)
    assert not (directory / f"{DATABASE_NAME}-wal").exists(), "it was not closed"
    assert outcome == [Cancelled]
    assert all(future.exception(30) is None for future in kept)
    assert ignored(directory) == [1, 2, 3]
    late = writer.submit(corrections.ignore, [5])
    assert isinstance(late.exception(1), UserError)


def test_a_library_that_does_not_open_fails_all_who_wait(directory: Path) -> None:
    (directory / DATABASE_NAME).write_bytes(b"no database " * 100)
    writer = Writer(directory)
    heard: list[Message] = []
    writer.open_failed.connect(heard.append)
    early = writer.submit(corrections.ignore, [1])
    cancelled = writer.submit(corrections.ignore, [2])
    cancelled.cancel()
    with pytest.raises(LibraryError, match="damaged"):
        writer.start().result(30)
    assert isinstance(early.exception(30), LibraryError)
    assert isinstance(writer.submit(corrections.ignore, [1]).exception(30), UserError)
    assert writer.close(30)
    assert len(heard) == 1 and "damaged" in str(heard[0])


def test_views_hear_of_a_change_before_its_future_is_done(writer: Writer) -> None:
    heard: list[Any] = []
    writer.submit(note, heard, "what opening has to say is said").result(30)
    heard.clear()
    writer.changed.connect(heard.append)
    writer.undo_changed.connect(heard.append)
    writer.submit(corrections.ignore, [1, 2]).result(30)
    assert heard == [
        Changes(faces=frozenset({1, 2}), decided=True),
        journal.UndoStatus("ignore", (("faces", 2),)),
    ]
    writer.submit(corrections.ignore, [1]).result(30)  # it is so already
    assert len(heard) == 2
    writer.submit(journal.undo).result(30)
    assert heard[3] == journal.UndoStatus(redo_kind="ignore", redo_args=(("faces", 2),))


def test_a_journal_that_can_not_be_read_does_not_stop_the_writer(
    writer: Writer, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(journal, "status", broken)
    writer.submit(corrections.ignore, [1]).result(30)
    writer.submit(corrections.ignore, [2]).result(30)
    assert ignored(directory) == [1, 2]


def test_a_window_that_stays_open_gets_its_daily_snapshot(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE", 0.05)
    writer = Writer(directory)
    writer.start().result(30)
    writer.submit(corrections.ignore, [1]).result(30)
    snapshots = directory / "snapshots"
    deadline = time.monotonic() + 30
    while not list(snapshots.glob("*-daily.db")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(list(snapshots.glob("*-daily.db"))) == 1
    writer.submit(corrections.ignore, [2]).result(30)
    assert writer.close(30)
    assert len(list(snapshots.glob("*"))) == 1


def test_that_another_computer_has_the_library_is_told_once(
    writer: Writer, directory: Path
) -> None:
    heard: list[Message] = []
    writer.failed.connect(heard.append)
    told: list[Message] = []
    writer.taken_over.connect(told.append)
    holder = directory / lock.HOLDER_NAME
    holder.write_text(json.dumps({"computer": "other", "name": "anna-laptop"}), "utf-8")

    def sleep(*_: Any) -> None:
        held = [each for each in gc.get_objects() if isinstance(each, lock.Lock)]
        for each in held:
            each._renewed -= lock.LEFT_AFTER + 1

    with pytest.raises(lock.TakenOverError):
        writer.submit(sleep).result(30)
    machine = [writer.submit_machine(corrections.ignore, [face]) for face in (1, 2, 3)]
    for future in [*machine, writer.submit(corrections.ignore, [4])]:
        with pytest.raises(lock.TakenOverError):
            future.result(30)
    assert heard == [] and len(told) == 1
    assert ignored(directory) == []
