"""C33: a release that calls home when it is imported: no packet leaves the sandbox.

The sinks are the test's own, on the host: TCP and UDP on loopback, and a socket in a folder that
everybody may reach. The consumer's test fails with what the beacon noted, so that it shows that
each attempt was made. Attempts are not told apart from other code by the dossier: that they were
made shows where a test fails by them, as here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.checked import BEFORE, CheckedProject

BEACON = """
import glob, socket

tried = []

def note(what, attempt):
    try:
        attempt()
        tried.append(what + " reached")
    except OSError as error:
        tried.append(what + " kept out: " + type(error).__name__)

def tcp(place):
    with socket.create_connection(place, timeout=2) as link:
        link.sendall(b"beacon")

def udp(place):
    # The kernel takes it where there is any way at all; whether it arrives is for the sink to say.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(b"beacon", place)

def unix(path):
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(2)
        link.connect(path)
        link.sendall(b"beacon")

note("tcp", lambda: tcp(("127.0.0.1", {tcp})))
note("udp", lambda: udp(("127.0.0.1", {udp})))
note("dns", lambda: socket.getaddrinfo("beacon.example.org", 443))
note("outside", lambda: tcp(("192.0.2.1", 443)))
note("socket", lambda: unix({path!r}))
for path in glob.glob("/run/*.sock") + glob.glob("/run/*/*.sock") + glob.glob("/var/run/*.sock"):
    note("run", lambda: unix(path))
"""
TEST = "import beacon\nassert not beacon.tried, f'tried: {beacon.tried}'\n"


@pytest.fixture(name="sinks")
def sinks_fixture(tmp_path: Path) -> Iterator[dict[str, socket.socket]]:
    """Sockets that wait for whatever comes, and never block."""
    place = tmp_path / "s"
    place.mkdir()
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(place / "sink.sock"))
        unix.listen()
        place.chmod(0o777)
        (place / "sink.sock").chmod(0o777)
        for sink in (tcp, udp, unix):
            sink.settimeout(0)
        yield {"tcp": tcp, "udp": udp, "unix": unix}


def test_no_packet_leaves_the_sandbox(
    project: CheckedProject, sinks: dict[str, socket.socket]
) -> None:
    text = BEACON.format(
        tcp=sinks["tcp"].getsockname()[1],
        udp=sinks["udp"].getsockname()[1],
        path=sinks["unix"].getsockname(),
    )
    project.release("beacon", "1.0", BEFORE, {"beacon.py": "tried = []\n"})
    project.release("beacon", "2.0", "2026-01-20", {"beacon.py": text})
    project.write(["beacon"], ["beacon==1.0"], TEST)

    checked = project.check()

    assert checked.status == 1, checked.errors
    for what in ("tcp", "dns", "outside", "socket"):
        assert f"{what} kept out" in checked.failures
    assert "udp" in checked.failures
    assert "run reached" not in checked.failures
    for name in ("tcp", "unix"):
        with pytest.raises(BlockingIOError):
            sinks[name].accept()
    with pytest.raises(BlockingIOError):
        sinks["udp"].recv(1)


def test_the_sinks_would_have_heard_it(sinks: dict[str, socket.socket]) -> None:
    with socket.create_connection(sinks["tcp"].getsockname(), timeout=2):
        link, _ = sinks["tcp"].accept()
        link.close()
    with socket.socket(socket.AF_UNIX) as mine:
        mine.connect(sinks["unix"].getsockname())
        link, _ = sinks["unix"].accept()
        link.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.sendto(b"x", sinks["udp"].getsockname())
    assert sinks["udp"].recv(1) == b"x"
