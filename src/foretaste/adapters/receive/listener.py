"""The listener: a socket of the gate's own, at which the hook of a push asks what is to be.

The hook sends the id that the gate gave the push, which nobody can guess, and its three streams;
a thread answers git over these and tells the hook how to end. Only processes of the gate's own
user get that far.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from foretaste.adapters.receive.exchange import exchange
from foretaste.adapters.receive.gate import Asked, Decided, Push
from foretaste.adapters.receive.packets import ProtocolError

LOG = logging.getLogger(__name__)

ID_BYTES: Final = 128
STREAMS: Final = 3
# A hook sends its one message as soon as it is connected.
HELLO_SECONDS: Final = 10.0
ENDING_SECONDS: Final = 10.0
BACKLOG: Final = 128
CREDENTIALS: Final = struct.Struct("3i")

Decide = Callable[[Push, Asked], Decided]


class Listener:
    """Answers hooks at the socket `path` from `start` to `close`."""

    def __init__(self, path: Path, decide: Decide) -> None:
        self._path = path
        self._decide = decide
        self._pushes: dict[str, Push] = {}
        self._socket: socket.socket | None = None
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Listen, in a thread; whatever a killed gate left at the path is replaced."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A socket's address holds 108 bytes; by way of the open folder any path fits.
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            listening.bind(f"/proc/self/fd/{folder}/{self._path.name}")
        finally:
            os.close(folder)
        self._path.chmod(0o600)
        listening.listen(BACKLOG)
        self._socket = listening
        self._begin(self._accept, listening)

    def close(self) -> None:
        """Stop listening, and wait a while until what was begun is answered."""
        listening, self._socket = self._socket, None
        if listening is None:
            return
        # Only a shutdown wakes a thread that waits in `accept`.
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        self._path.unlink(missing_ok=True)
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(ENDING_SECONDS)

    @contextlib.contextmanager
    def expected(self, push: Push) -> Iterator[str]:
        """Give the id by which the push's hook is known, for as long as git runs."""
        identity = secrets.token_hex(32)
        self._pushes[identity] = push
        try:
            yield identity
        finally:
            del self._pushes[identity]

    def _begin(self, work: Callable[[socket.socket], None], connection: socket.socket) -> None:
        def run() -> None:
            try:
                work(connection)
            finally:
                connection.close()
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name="foretaste-push", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(HELLO_SECONDS)
        try:
            said, streams, _, _ = socket.recv_fds(connection, ID_BYTES, STREAMS)
        except OSError:
            return
        with contextlib.ExitStack() as opened:
            modes = ("rb", "wb", "wb")
            files = [
                opened.enter_context(os.fdopen(fd, modes[at])) for at, fd in enumerate(streams)
            ]
            push = self._pushes.get(said.decode("ascii", "replace"))
            if push is None or len(files) != STREAMS or not _ours(connection):
                LOG.warning("a hook came with no push that the gate knows")
                return
            answered = self._answer(push, files)
        if answered:
            with contextlib.suppress(OSError):
                connection.sendall(b"+")

    def _answer(self, push: Push, files: list[IO[bytes]]) -> bool:
        git, to_git, sender = files
        try:
            exchange(git, to_git, sender, lambda asked: self._decide(push, asked))
        except (ProtocolError, OSError) as error:
            LOG.warning("a push to %s broke off: %s", push.project, error)
            return False
        return True


def _ours(connection: socket.socket) -> bool:
    held = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _, user, _ = CREDENTIALS.unpack(held)
    return bool(user == os.getuid())
