"""All lock files of a branch are read together and move together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from foretaste.ports.errors import UserError
from foretaste.service.watch.lockfiles import moved, pins_in, read_locks
from foretaste.taste.moves import Move
from tests.fakes.watched import MemoryIndex

UV = b"""\
version = 1
[[package]]
name = "ours"
version = "0"
source = { editable = "." }
[[package]]
name = "Tiny"
version = "1.0"
source = { registry = "https://index.test/simple" }
[[package]]
name = "tiny"
version = "0.9"
source = { registry = "https://index.test/simple" }
"""
PYLOCK = b'lock-version = "1.0"\n[[packages]]\nname = "tiny"\nversion = "1.0"\n'
MOVES = (Move(key="tiny", old="1.0", new="1.1"),)


def relock(files: Mapping[str, bytes], moves: Sequence[Move]) -> bytes:
    """Stand for uv: it is given the lock and what lies beside it."""
    assert set(files) == {"sub/uv.lock", "sub/pyproject.toml"}
    assert moves == MOVES
    return files["sub/uv.lock"].replace(b'"1.0"', b'"1.1"')


def test_files_are_read_by_their_names() -> None:
    locks = read_locks(
        {
            "sub/uv.lock": UV,
            "pylock.dev.toml": PYLOCK,
            "requirements.txt": b"tiny==0.8\nother==3\n",
            "constraints.txt": b"other>=2\n",
            "broken/uv.lock": b"[[",
            "odd/uv.lock": b"package = 3",
            "requirements/latin.txt": b"tiny==1.0 # \xe9\n",
        },
        {"sub/pyproject.toml": b""},
    )

    assert locks.pins == {"tiny": "1.0", "other": "3"}
    assert set(locks.files) == {"sub/uv.lock", "pylock.dev.toml", "requirements.txt"}
    assert set(locks.unreadable) == {"broken/uv.lock", "odd/uv.lock", "requirements/latin.txt"}


def test_all_files_move_together() -> None:
    index = MemoryIndex()
    index.add("tiny", "1.1")
    files = {"sub/uv.lock": UV, "pylock.toml": PYLOCK, "requirements.txt": b"tiny==1.0\n",
             "constraints.txt": b"other==1\n"}  # fmt: skip
    locks = read_locks(files, {"sub/pyproject.toml": b""})

    written = moved(locks, MOVES, {"tiny": index.page("tiny")}, relock)

    assert set(written) == {"sub/uv.lock", "pylock.toml", "requirements.txt"}
    assert all(pins_in(path, raw)["tiny"] == "1.1" for path, raw in written.items())


def test_where_one_cannot_move_none_does() -> None:
    locks = read_locks({"pylock.toml": PYLOCK, "requirements.txt": b"tiny==1.0\n"}, {})

    with pytest.raises(UserError, match="FT942"):
        moved(locks, MOVES, {}, relock)


def test_a_lock_has_no_files_but_those_that_were_shown() -> None:
    index = MemoryIndex()
    index.add("tiny", "1.1")
    (shown,) = (f"sha256:{file.sha256}" for file in index.page("tiny").files if file.sha256)
    locks = read_locks({"uv.lock": UV}, {})

    def locked(digest: str) -> dict[str, bytes]:
        line = (
            f'"1.1"\nwheels = [{{ url = "https://index.test/t.whl", hash = "{digest}" }}]'.encode()
        )

        def relock(files: Mapping[str, bytes], _moves: Sequence[Move]) -> bytes:
            return files["uv.lock"].replace(b'"1.0"', line)

        return moved(locks, MOVES, {"tiny": index.page("tiny")}, relock)

    assert shown.encode() in locked(shown)["uv.lock"]
    with pytest.raises(UserError, match="FT945: uv would lock other files of tiny"):
        locked("sha256:" + "0" * 64)
