"""A git process that stays: asked one thing after the other, it saves a start for each.

Starting git costs more than a millisecond, an answer a tenth of that. The process is started when
first asked, and anew when it ended; git itself ends it on a failed update.
"""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, TypeVar

from foretaste.adapters.git.command import failure
from foretaste.ports.errors import TransientError

ANSWER_SECONDS: Final = 60.0
CHUNK: Final = 65536

T = TypeVar("T")


class ConversationEndedError(Exception):
    """The process ended instead of answering; `said` is what it wrote to standard error."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Answers:
    """What the process writes, read with `patience`, in seconds, for every piece."""

    def __init__(self, descriptor: int) -> None:
        self.patience = ANSWER_SECONDS
        self._descriptor = descriptor
        self._held = bytearray()
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN | select.POLLHUP)

    def line(self) -> bytes:
        """Return the next line without its end."""
        return self._until(b"\n")

    def field(self) -> bytes:
        """Return the next field, which a NUL ends, without it."""
        return self._until(b"\0")

    def exactly(self, size: int) -> bytes:
        """Return so many bytes."""
        while len(self._held) < size:
            self._more()
        return self._take(size)

    def _until(self, sign: bytes) -> bytes:
        while (end := self._held.find(sign)) < 0:
            self._more()
        return self._take(end + 1)[:-1]

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _more(self) -> None:
        if not self._poll.poll(self.patience * 1000):
            raise TransientError("FT302", f"git did not answer within {self.patience:g} s")
        chunk = os.read(self._descriptor, CHUNK)
        if not chunk:
            raise EOFError
        self._held += chunk


class Conversation:
    """One process at a time, for one repository; safe from any thread."""

    def __init__(self, command: Sequence[str], repository: Path, env: Mapping[str, str]) -> None:
        self._command = list(command)
        self._repository = repository
        self._env = dict(env)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: Answers | None = None
        self._errors: IO[bytes] | None = None

    def ask(
        self, question: bytes, read: Callable[[Answers], T], patience: float | None = None
    ) -> T:
        """Send the question and return what `read` makes of the answer.

        `patience` is in seconds, for every piece of the answer; `ANSWER_SECONDS` if not given.

        Raises:
            ConversationEndedError: git ended; what it did is as git does it, all or nothing.
            TransientError: git gave no answer in time, or could not be started now.
        """
        with self._lock:
            process, answers = self._running()
            answers.patience = ANSWER_SECONDS if patience is None else patience
            try:
                _input_of(process).write(question)
                _input_of(process).flush()
                return read(answers)
            except (OSError, EOFError):
                raise ConversationEndedError(self._end()) from None
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """End the process; a later question starts another."""
        with self._lock:
            self._end()

    def _running(self) -> tuple[subprocess.Popen[bytes], Answers]:
        if self._process is not None and self._answers is not None:
            return self._process, self._answers
        # A pipe would fill up with warnings that nobody reads.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed where the process ends
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=self._repository,
                env=self._env,
            )
        except OSError as error:
            self._errors.close()
            raise failure(f"git could not be started: {error}", self._repository) from error
        assert self._process.stdout is not None  # noqa: S101 -- it was asked for just above
        self._answers = Answers(self._process.stdout.fileno())
        return self._process, self._answers

    def _end(self) -> str:
        process, errors = self._process, self._errors
        self._process = self._answers = self._errors = None
        if process is None or errors is None:
            return ""
        process.kill()
        for stream in (process.stdin, process.stdout):
            _close(stream)
        process.wait()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
        errors.close()
        return said


def _input_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise EOFError
    return process.stdin


def _close(stream: IO[bytes] | None) -> None:
    """Close it; what could not be written to a process that is gone is gone too."""
    if stream is None:
        return
    try:
        stream.close()
    except OSError:
        return
