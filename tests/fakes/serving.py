"""Serving: an application behind a real server on a free port of this machine, for a test."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

DEADLINE = 20.0


class _Server(uvicorn.Server):
    """A server that says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """Serve the application while the block runs, and give its port on 127.0.0.1."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, timeout_graceful_shutdown=1, lifespan="off"
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        assert server.up.wait(DEADLINE), "the server did not start"
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listening.close()
        assert not thread.is_alive(), "the server did not stop"
