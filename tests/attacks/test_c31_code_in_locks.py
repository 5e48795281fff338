"""C31: a lock that is moved while a release builds the project: nothing of it runs on the gate's side.

uv, told to build nothing, still builds a project that is installed from its folder, if its metadata
say too little. What builds it is a release of the index, whose code would run with all rights of
the gate. Each attempt is made once without what keeps it out, so that it is known to reach uv.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.uv import relock
from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.relock import UvRelock
from foretaste.ports.errors import UserError
from foretaste.taste.moves import Move
from tests.fakes.index import PlainIndex, plain_index, wheel

MOVES = (Move(key="tiny", old="1.0", new="1.1"),)
PROJECT = """\
[project]
name = "app"
requires-python = ">=3.11"
dependencies = ["tiny"]
"""
FIXED = PROJECT.replace('name = "app"\n', 'name = "app"\nversion = "1"\n')
DYNAMIC = PROJECT.replace('name = "app"\n', 'name = "app"\ndynamic = ["version"]\n')
SYSTEM = '[build-system]\nrequires = ["evil"]\nbuild-backend = "evil"\n'
ATTEMPTS = {
    "backend": DYNAMIC + SYSTEM,
    "start-up": DYNAMIC
    + '[build-system]\nrequires = []\nbuild-backend = "foretaste_builds_nothing"\n'
    + '[tool.uv.extra-build-dependencies]\napp = ["evil"]\n',
}


@pytest.fixture(name="index")
def index_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainIndex]:
    """An index with a release that leaves a canary whenever a Python starts that has it."""
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        code = f"open({str(tmp_path / 'canary')!r}, 'a').write('reached')\n"
        files = {"evil.py": code, "evil.pth": f"import os; {code}"}
        index.add("evil", "evil-1.0-py3-none-any.whl", wheel("evil", "1.0", files))
        for version in ("1.0", "1.1"):
            name = f"tiny-{version}-py3-none-any.whl"
            index.add("tiny", name, wheel("tiny", version, {"tiny.py": ""}))
        yield index


def _lock(folder: Path) -> bytes:
    """Return a lock of a project that is a package, by uv itself."""
    folder.mkdir()
    system = '[build-system]\nrequires = []\nbuild-backend = "none"\n'
    text = FIXED.replace('["tiny"]', '["tiny==1.0"]') + system
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    Uv(folder / "uv", folder / "wheels").run(["lock", "--project", str(folder)])
    return (folder / "uv.lock").read_bytes()


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("kept_out", [False, True], ids=["let in", "kept out"])
def test_nothing_that_builds_the_project_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: str, *, kept_out: bool
) -> None:
    files = {
        "uv.lock": _lock(tmp_path / "app"),
        "pyproject.toml": ATTEMPTS[attempt].encode(),
    }
    if not kept_out:
        monkeypatch.setattr(relock, "lockable", lambda _name, raw: raw)

    with pytest.raises(UserError, match="FT945"):
        UvRelock(uv=Uv(tmp_path / "uv", tmp_path / "wheels"), folder=tmp_path / "locks")(
            files, MOVES
        )

    assert (tmp_path / "canary").exists() is not kept_out


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    "more",
    [
        '[tool.uv.sources]\ntiny = { path = "../../elsewhere", editable = true }\n',
        '[tool.uv.sources]\ntiny = [{ git = "https://127.0.0.1:9/tiny" }]\n',
        '[tool.uv.workspace]\nmembers = ["../../elsewhere"]\n',
        '[dependency-groups]\ndev = ["tiny @ http://127.0.0.1:9/tiny-1.1-py3-none-any.whl"]\n',
    ],
)
def test_no_place_but_an_index_is_asked(tmp_path: Path, more: str) -> None:
    files = {"uv.lock": _lock(tmp_path / "app"), "pyproject.toml": (FIXED + more).encode()}

    with pytest.raises(UserError, match="which is not asked for a lock"):
        UvRelock(uv=Uv(tmp_path / "uv", tmp_path / "wheels"), folder=tmp_path / "locks")(
            files, MOVES
        )


@pytest.mark.usefixtures("index")
def test_a_package_that_says_all_is_moved_without_what_builds_it(tmp_path: Path) -> None:
    files = {"uv.lock": _lock(tmp_path / "app"), "pyproject.toml": (FIXED + SYSTEM).encode()}
    relocked = UvRelock(uv=Uv(tmp_path / "uv", tmp_path / "wheels"), folder=tmp_path / "locks")

    assert b'version = "1.1"' in relocked(files, MOVES)
    assert not (tmp_path / "canary").exists()
