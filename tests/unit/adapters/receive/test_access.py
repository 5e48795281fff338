"""Who may ask what over HTTP, before any git is started."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from foretaste.adapters.receive import relay
from foretaste.adapters.receive.application import Terms
from tests.live_forge import LiveForge, live_forge

READ = "/git/flask/info/refs?service=git-upload-pack"
WRITE = "/git/flask/info/refs?service=git-receive-pack"


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"x:{token}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


@pytest.fixture(name="web")
def web_fixture(forge: LiveForge) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=forge.url, timeout=30) as web:
        yield web


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (READ, {}, 200),
        (READ, basic("push-token"), 200),
        (READ, basic("wrong"), 401),
        (WRITE, {}, 401),
        (WRITE, basic("wrong"), 401),
        (WRITE, basic(""), 401),
        (WRITE, {"Authorization": "Basic"}, 401),
        (WRITE, basic("operate-token"), 403),
        (WRITE, basic("push-token"), 200),
        (WRITE, bearer("owner-token"), 200),
        (READ.replace("flask", "flask.git"), {}, 200),
        (READ.replace("flask", "nope"), {}, 404),
        (WRITE.replace("flask", "nope"), {}, 401),
        ("/git/flask/info/refs", {}, 404),
        ("/git/flask/info/refs?service=git-archive", {}, 404),
        ("/git/flask/HEAD", {}, 404),
        ("/git/flask/config", {}, 404),
        ("/git/flask/objects/info/packs", {}, 404),
        ("/git/..%2fflask/info/refs?service=git-upload-pack", {}, 404),
        ("/git/%2e%2e/info/refs?service=git-upload-pack", {}, 404),
        ("/git/-flask/info/refs?service=git-upload-pack", {}, 404),
        ("/git/flask%00/info/refs?service=git-upload-pack", {}, 404),
        ("/git/flask/git-upload-pack", {}, 405),
    ],
)
def test_what_is_asked_by_whom(
    web: httpx2.Client, path: str, headers: dict[str, str], status: int
) -> None:
    answer = web.get(path, headers=headers)

    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) is (status == 401)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (basic("operate-token"), 403),
        (basic("push-token") | {"Content-Encoding": "br"}, 415),
        (basic("push-token"), 413),
    ],
)
def test_a_push_is_refused_before_git_sees_it(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    with (
        live_forge(tmp_path, terms=Terms(pack=100)) as forge,
        httpx2.Client(base_url=forge.url, timeout=30) as web,
    ):
        answer = web.post("/git/flask/git-receive-pack", headers=headers, content=b"0" * 201)

    assert answer.status_code == status
    assert answer.text.startswith("error[FT")
    assert not forge.service.asked


def test_a_gzipped_body_is_read(web: httpx2.Client) -> None:
    body = b"0014command=ls-refs\n00010014ref-prefix refs/0000"
    headers = {
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
        "Content-Type": "application/x-git-upload-pack-request",
    }

    answer = web.post("/git/flask/git-upload-pack", headers=headers, content=gzip.compress(body))

    assert answer.status_code == 200
    assert b"refs/heads/main" in answer.content


def test_what_is_no_git_is_answered_and_harmless(forge: LiveForge, web: httpx2.Client) -> None:
    headers = {"Content-Type": "application/x-git-receive-pack-request", **basic("push-token")}

    answer = web.post("/git/flask/git-receive-pack", headers=headers, content=b"zzzz not git")

    assert answer.status_code in {200, 500}
    assert not forge.service.asked
    assert set(forge.refs()) == {"refs/heads/main"}


def test_reading_can_need_a_token_too(tmp_path: Path) -> None:
    with (
        live_forge(tmp_path, terms=Terms(token_to_read=True)) as forge,
        httpx2.Client(base_url=forge.url, timeout=30) as web,
    ):
        assert web.get(READ).status_code == 401
        assert web.get(READ, headers=basic("operate-token")).status_code == 200


def test_too_much_at_once_is_told_to_come_again(tmp_path: Path) -> None:
    with (
        live_forge(tmp_path, terms=Terms(waiting=0)) as forge,
        httpx2.Client(base_url=forge.url, timeout=30) as web,
    ):
        answer = web.get(READ)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def test_prospects_are_shown_to_nobody(forge: LiveForge, web: httpx2.Client) -> None:
    tip = forge.tip()
    forge.shelf.git.run(forge.shelf.path("flask"), "update-ref", "refs/prospects/ab/cd", str(tip))

    read = web.get(READ).text
    write = web.get(WRITE, headers=basic("push-token")).text

    assert "refs/heads/main" in read
    assert "refs/heads/main" in write
    assert "prospects" not in read + write


def test_a_push_without_a_gate_is_refused(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-S", relay.__file__, str(tmp_path), "push.sock"],
        capture_output=True,
        check=False,
        text=True,
        env={"PATH": os.defpath, "FORETASTE_PUSH": "x"},
    )

    assert ended.returncode == 1
    assert "error[FT323]: the gate does not answer" in ended.stderr


def test_a_hook_that_knows_no_push_is_refused(forge: LiveForge) -> None:
    run = forge.shelf.folder.parent / "run"
    ended = subprocess.run(
        [str(run / "hooks" / "proc-receive")],
        capture_output=True,
        check=False,
        text=True,
        env={"PATH": os.defpath, "FORETASTE_PUSH": "0" * 64},
    )

    assert ended.returncode == 1
    assert "error[FT323]: the gate broke off" in ended.stderr
    assert (run / "push.sock").stat().st_mode & 0o777 == 0o600
