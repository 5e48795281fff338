"""Many push at once, large, or half: nothing is lost, nothing broken stays."""

from __future__ import annotations

import base64
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foretaste.adapters.receive.application import Terms
from tests.live_forge import Clone, LiveForge, live_forge

PUSHERS = 40
PACK_LIMIT = 256 * 1024


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path, terms=Terms(pack=PACK_LIMIT)) as forge:
        yield forge


def assert_sound(forge: LiveForge) -> None:
    """Every object that is there is whole, and the forge takes another push."""
    forge.shelf.git.run(forge.shelf.path("flask"), "fsck", "--strict", "--no-dangling")
    clone = forge.clone("sound")
    clone.commit("sound.txt", "Sound")
    clone.push("-otopic=sound", "HEAD:refs/for/main")
    assert forge.service.asked[-1].topic == "sound"


def test_forty_push_at_once_and_none_is_lost(forge: LiveForge) -> None:
    clones = [forge.clone(f"clone{number}") for number in range(PUSHERS)]
    commits = {
        clone.commit(f"f{number}.txt", f"Number {number}") for number, clone in enumerate(clones)
    }

    def push(numbered: tuple[int, Clone]) -> str:
        number, clone = numbered
        return clone.push(f"-otopic=t{number}", "HEAD:refs/for/main")

    with ThreadPoolExecutor(PUSHERS) as pool:
        said = list(pool.map(push, enumerate(clones)))

    assert all("1 change proposed" in one for one in said)
    asked = forge.service.asked
    assert {proposal.commit for one in asked for proposal in one.proposals} == commits
    assert len({one.topic for one in asked}) == len(asked) == PUSHERS
    for commit in commits:
        forge.shelf.git.run(forge.shelf.path("flask"), "cat-file", "commit", commit)


def large(clone: Clone, size: int) -> None:
    """Commit a file of this size that cannot be packed smaller."""
    (clone.path / "large").write_bytes(os.urandom(size))
    clone.git("add", "large")
    clone.git("commit", "-q", "-m", "Large")


def test_a_push_beyond_the_limit_says_so_and_leaves_nothing(forge: LiveForge) -> None:
    clone = forge.clone()
    large(clone, PACK_LIMIT + PACK_LIMIT // 2)

    said = clone.push("-otopic=large", "HEAD:refs/for/main", fails=True)

    assert "pack exceeds maximum allowed size" in said
    assert not forge.service.asked
    assert not list(forge.shelf.path("flask").glob("objects/tmp_objdir-*"))
    assert_sound(forge)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_push_far_beyond_the_limit_is_cut_off(forge: LiveForge, *, chunked: bool) -> None:
    clone = forge.clone()
    large(clone, 8 * PACK_LIMIT)
    if not chunked:
        clone.git("config", "http.postBuffer", str(16 * PACK_LIMIT))

    clone.push("-otopic=large", "HEAD:refs/for/main", fails=True)

    assert not forge.service.asked
    assert_sound(forge)


def half_a_push(forge: LiveForge, clone: Clone) -> socket.socket:
    """Send a push whose pack ends in the middle, and keep the connection open."""
    pack = subprocess.run(
        ["git", "-C", str(clone.path), "pack-objects", "--stdout", "--revs"],
        input=b"HEAD\n^HEAD~1\n",
        capture_output=True,
        check=True,
    ).stdout
    line = f"{clone.git('rev-parse', 'HEAD~1')} {clone.head()} refs/for/main\0 report-status\n"
    body = f"{len(line) + 4:04x}{line}0000".encode() + pack
    token = base64.b64encode(b"x:push-token").decode()
    head = (
        "POST /git/flask/git-receive-pack HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Basic {token}\r\n"
        "Content-Type: application/x-git-receive-pack-request\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", forge.port), timeout=30)
    connection.sendall(head.encode() + body[:-1000])
    return connection


def receivers(forge: LiveForge) -> list[int]:
    """Return the git processes that work in the project's repository now."""
    place = str(forge.shelf.path("flask").resolve())
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if b"receive-pack" in command and str((process / "cwd").readlink()) == place:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_for(forge: LiveForge, *, some: bool) -> list[int]:
    """Wait until git works on a push, or until none does any more."""
    poll = select.poll()
    for _ in range(600):
        if bool(found := receivers(forge)) is some:
            return found
        poll.poll(50)
    pytest.fail("git did not come or go")


def test_who_goes_away_in_the_middle_leaves_nothing(forge: LiveForge) -> None:
    clone = forge.clone()
    large(clone, 100_000)
    connection = half_a_push(forge, clone)
    wait_for(forge, some=True)

    connection.close()
    wait_for(forge, some=False)

    assert not forge.service.asked
    assert not list(forge.shelf.path("flask").glob("objects/tmp_objdir-*"))
    assert_sound(forge)


def test_a_backend_killed_in_the_middle_breaks_nothing(forge: LiveForge) -> None:
    clone = forge.clone()
    large(clone, 100_000)
    connection = half_a_push(forge, clone)

    for process in wait_for(forge, some=True):
        os.kill(process, signal.SIGKILL)
    wait_for(forge, some=False)
    answer = connection.recv(65536)
    connection.close()

    assert b"200" not in answer.split(b"\r\n")[0] or b"ok refs/for/main" not in answer
    assert not forge.service.asked
    assert set(forge.refs()) == {"refs/heads/main"}
    assert_sound(forge)
    forge.shelf.sweep()
    assert not list(forge.shelf.path("flask").glob("objects/tmp_objdir-*"))
