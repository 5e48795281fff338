"""The probes that doctor trusts do see what is open: here, where nothing confines them.

Only those that change nothing are made in the test's own process; all of them run inside a
sandbox in test_sandbox.py.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.sandbox import probes, probing

NOBODY_LISTENS = 1  # tcpmux, a port that nothing here is bound to
HARMLESS = """
import sys, json
sys.path.insert(0, sys.argv[1])
import probing
tried = probing.probes(sys.argv[2], int(sys.argv[3]), sys.argv[4])
print(json.dumps({name: tried[name]() for name in sys.argv[5].split(",")}))
"""


@pytest.fixture(name="listeners")
def listeners_fixture() -> Iterator[tuple[int, str]]:
    """Listen as doctor does while its probes run."""
    with probes._listeners() as found:
        yield found


def tried(path: Path, port: int, abstract: str, *names: str) -> dict[str, str]:
    """Make some probes in this process."""
    made = probing.probes(str(path), port, abstract)
    return {name: made[name]() for name in names}


def test_what_is_open_is_said_to_be(listeners: tuple[int, str], tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("", encoding="ascii")
    port, abstract = listeners

    found = tried(canary, port, abstract, "host-files", "host-loopback", "host-abstract-socket")

    assert found == {
        "host-files": f"{canary} could be opened",
        "host-loopback": f"connected to ('127.0.0.1', {port})",
        "host-abstract-socket": f"connected to \0{abstract}",
    }


def test_what_is_closed_is_not(tmp_path: Path) -> None:
    names = ("host-files", "host-loopback", "host-loopback-6", "host-abstract-socket")

    found = tried(tmp_path / "none", NOBODY_LISTENS, "foretaste-nobody", *names)

    assert found == dict.fromkeys(names, "")


def test_a_process_that_is_not_confined_shows_it() -> None:
    names = ("no-new-privileges", "seccomp", "host-processes", "netlink")
    arguments = (str(Path(probing.__file__).parent), "/none", "1", "none", ",".join(names))

    done = subprocess.run(
        [sys.executable, "-c", HARMLESS, *arguments], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)

    assert found["netlink"] == "a socket of family 16 was made"
    assert found["seccomp"] == "Seccomp is 0"
    assert found["no-new-privileges"] == "NoNewPrivs is 0"


def test_descriptors_that_came_along_are_seen() -> None:
    with socket.socket():
        assert probing._descriptors().startswith("descriptors [")


def test_what_holds_something_is_told_from_what_is_empty(tmp_path: Path) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.write_bytes(b"")
    full.write_bytes(b"A=1\0")

    assert probing._not_empty(str(empty)) == ""
    assert probing._not_empty(str(full)) == f"{full} holds something"


@pytest.mark.parametrize(
    ("result", "number", "said"),
    [
        (0, 0, "mount went through"),
        (-1, 1, ""),  # EPERM
        (-1, 38, ""),  # ENOSYS, as the filter answers
        (-1, 22, "mount: errno 22"),  # the kernel looked at it: nothing kept it out
    ],
)
def test_a_call_is_kept_out_only_where_it_was_refused(result: int, number: int, said: str) -> None:
    ctypes.set_errno(number)

    assert probing._called(result, "mount") == said


def test_a_call_without_a_number_is_no_call_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_CALLS", {})

    assert probing._by_number("bpf") == "no number for bpf on this machine"


def test_every_probe_has_words_for_doctor_and_no_words_are_for_none() -> None:
    assert set(probing.probes("/none", 1, "none")) == set(probes._TRIED)
    assert set(probes._WANTED) <= set(probes._TRIED)


def test_the_system_can_be_asked_of_itself() -> None:
    assert probing._status("Name", "no name like this").startswith("Name is ")
    assert probing._status("Pid", str(os.getpid())) == ""
