"""D46: a job connects to the host's loopback, a metadata address, the internet, by IPv4 and 6."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.jobs import local_jobs

# No packet may leave this machine, in the control run neither: outside addresses are tried in
# the sandbox only, where there is no route.
TRIES = """
import socket, sys
tcp4, tcp6, udp, abstract = sys.argv[1:5]
def attempt(name, family, kind, address, data=None):
    s = socket.socket(family, kind)
    s.settimeout(2)
    try:
        s.connect(address)
        if data:
            s.send(data)
        print("reached", name, flush=True)
    except OSError as error:
        print("kept out of", name, flush=True)
    finally:
        s.close()
attempt("host tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(tcp4)))
if tcp6 != "0":
    attempt("host tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", int(tcp6)))
attempt("host abstract", socket.AF_UNIX, socket.SOCK_STREAM, "\\0" + abstract)
if len(sys.argv) > 5:
    for name, host, port in (("metadata", "169.254.169.254", 80), ("internet", "192.0.2.1", 443)):
        attempt(name, socket.AF_INET, socket.SOCK_STREAM, (host, port))
        attempt(name + " udp", socket.AF_INET, socket.SOCK_DGRAM, (host, 53), b"x")
    attempt("internet6", socket.AF_INET6, socket.SOCK_STREAM, ("2001:db8::1", 443))
    try:
        socket.getaddrinfo("example.invalid", 443)
        print("reached dns")
    except OSError:
        print("kept out of dns")
    own = socket.create_server(("127.0.0.1", 0))
    attempt("own loopback", socket.AF_INET, socket.SOCK_STREAM, own.getsockname())
"""


@pytest.fixture(name="listeners")
def listeners_fixture() -> Iterator[tuple[list[socket.socket], list[str]]]:
    """Sockets that listen on the host, and what a job is told of them."""
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        name = f"foretaste-d46-{tcp.getsockname()[1]}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        sockets = [tcp, abstract]
        port6 = "0"
        try:
            tcp6 = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
        except OSError:
            pass  # no IPv6 here
        else:
            sockets.append(tcp6)
            port6 = str(tcp6.getsockname()[1])
        for each in sockets:
            each.settimeout(0)
        yield (
            sockets,
            [str(tcp.getsockname()[1]), port6, str(udp.getsockname()[1]), name],
        )


def accepted(sockets: list[socket.socket]) -> int:
    """How many connections wait."""
    count = 0
    for each in sockets:
        try:
            each.accept()[0].close()
        except BlockingIOError:
            continue
        count += 1
    return count


def test_nothing_outside_can_be_reached(
    tmp_path: Path, listeners: tuple[list[socket.socket], list[str]]
) -> None:
    sockets, told = listeners
    control = subprocess.run(
        [sys.executable, "-c", TRIES, *told], capture_output=True, text=True, check=True
    )
    # On the host the same attempts get through, so they are real.
    assert "kept out" not in control.stdout
    assert accepted(sockets) == len(sockets)

    with local_jobs(tmp_path) as runner:
        source = runner.commit({"tries.py": TRIES})
        outcome = runner.run(f"python tries.py {' '.join(told)} outside", source)

    lines = outcome.log.splitlines()
    assert [line for line in lines if line.startswith("reached")] == ["reached own loopback"]
    assert len([line for line in lines if line.startswith("kept out of")]) >= 8
    assert accepted(sockets) == 0
