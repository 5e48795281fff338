"""A pylock.toml keeps the text of what does not move; what does is written from the index."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from foretaste.ports.errors import UserError
from foretaste.ports.index import IndexFile
from foretaste.service.watch.pylock import moved, pins_in
from foretaste.taste.moves import Move

LOCK = """\
# Written by a tool.
lock-version = "1.0"
created-by = "a tool"

[[packages]]
name = "alpha"
version = "1.0"
marker = "python_version >= '3.8'"
index = "https://index.test/simple"
dependencies = [{ name = "beta" }]
sdist = { url = "https://index.test/alpha-1.0.tar.gz", hashes = { sha256 = "aa" } }
wheels = [{ url = "https://index.test/alpha-1.0-py3-none-any.whl", hashes = { sha256 = "ab" } }]

[[packages]] # kept
name = "beta"
version = "2.0"
wheels = [{ url = "https://index.test/beta-2.0-py3-none-any.whl", hashes = { sha256 = "ba" } }]

[[packages]]
name = "ours"
directory = { path = "." }

[tool.anything]
"a key" = [true, 1, 2.5]
"""


def file_of(name: str, version: str, *, kind: str = "wheel", sha256: str = "cc") -> IndexFile:
    """Return a file."""
    tail = "-py3-none-any.whl" if kind == "wheel" else ".tar.gz"
    return IndexFile(
        filename=f"{name}-{version}{tail}",
        kind=kind,
        version=version,
        url=f"https://index.test/{name}-{version}{tail}",
        sha256=sha256,
        requires_python=">=3.9",
        uploaded=datetime(2026, 1, 2, tzinfo=UTC),
    )


def test_pins_are_those_of_an_index() -> None:
    assert pins_in(LOCK) == {"alpha": "1.0", "beta": "2.0"}


def test_a_package_that_moves_is_written_anew_and_the_others_stay() -> None:
    files = {("alpha", "1.1"): [file_of("alpha", "1.1"), file_of("alpha", "1.1", kind="sdist")]}

    changed = moved(LOCK, [Move(key="alpha", old="1.0", new="1.1")], files)

    read = {each["name"]: each for each in tomllib.loads(changed)["packages"]}
    alpha = read["alpha"]
    assert (alpha["version"], alpha["requires-python"]) == ("1.1", ">=3.9")
    assert alpha["marker"] == "python_version >= '3.8'"
    assert alpha["sdist"]["hashes"] == {"sha256": "cc"}
    assert alpha["wheels"][0]["upload-time"] == datetime(2026, 1, 2, tzinfo=UTC)
    assert "dependencies" not in alpha
    assert list(read) == ["alpha", "beta", "ours"]
    kept = LOCK[LOCK.index("[[packages]] # kept") :]
    assert changed.endswith(kept)
    assert changed.startswith(LOCK[: LOCK.index("[[packages]]")])
    assert tomllib.loads(changed)["tool"] == tomllib.loads(LOCK)["tool"]


def test_what_appears_comes_from_the_same_index_and_what_vanishes_is_gone() -> None:
    files = {("gamma", "3"): [file_of("gamma", "3")]}
    moves = [Move(key="gamma", old=None, new="3"), Move(key="beta", old="2.0", new=None)]

    changed = moved(LOCK, moves, files)

    read = {each["name"]: each for each in tomllib.loads(changed)["packages"]}
    assert list(read) == ["alpha", "ours", "gamma"]
    assert read["gamma"]["index"] == "https://index.test/simple"


def test_what_is_no_release_of_an_index_never_moves() -> None:
    assert moved(LOCK, [Move(key="ours", old="1", new="2")], {}) == LOCK


@pytest.mark.parametrize("files", [[], [file_of("alpha", "1.1", sha256="")]])
def test_without_hashes_nothing_moves(files: list[IndexFile]) -> None:
    with pytest.raises(UserError, match="FT942"):
        moved(LOCK, [Move(key="alpha", old="1.0", new="1.1")], {("alpha", "1.1"): files})


@pytest.mark.parametrize("text", ["packages = 3", "nothing = 1", "[[", "[[packages]]\nname = 3"])
def test_what_is_no_lock_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UserError, match="FT941"):
        pins_in(text)


def test_an_empty_lock_has_nothing_to_move() -> None:
    text = 'lock-version = "1.0"\npackages = []\n'

    assert moved(text, [Move(key="alpha", old="1.0", new="1.1")], {}) == text


def test_odd_values_of_a_package_are_written_as_they_were() -> None:
    lock = (
        'lock-version = "1.0"\n[[packages]]\nname = "alpha"\nversion = "1.0"\n'
        'flag = true\ncount = 3\n"odd key" = { "a b" = [1.5], empty = {} }\nday = 2026-01-02\n'
    )
    files = {("alpha", "1.1"): [file_of("alpha", "1.1")]}

    changed = moved(lock, [Move(key="alpha", old="1.0", new="1.1")], files)

    before, after = (tomllib.loads(each)["packages"][0] for each in (lock, changed))
    assert {key: after[key] for key in ("flag", "count", "odd key", "day")} == {
        key: before[key] for key in ("flag", "count", "odd key", "day")
    }


def test_no_password_of_the_gates_index_is_written() -> None:
    secret = replace(file_of("alpha", "1.1"), url="https://me:hunter2@index.test/alpha-1.1.whl")

    changed = moved(LOCK, [Move(key="alpha", old="1.0", new="1.1")], {("alpha", "1.1"): [secret]})

    assert "https://index.test/alpha-1.1.whl" in changed
    assert "hunter2" not in changed
