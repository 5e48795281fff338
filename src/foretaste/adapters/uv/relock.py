"""Relock: a uv.lock moved by uv itself, to just the releases that are asked for.

Only the files that say what a project needs are written out, into a folder of our own, as far as
nothing can be built of them (`lockable`). Uv moves what it is told and keeps the rest; whatever it would change beyond that is
refused, since it was not tested: a lock from another index, or one whose needs are written anew.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from foretaste.adapters.uv.lockable import HINT, lockable
from foretaste.adapters.uv.program import Uv
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.taste.moves import Move

LOCK = "uv.lock"

Held = dict[tuple[str, str], tuple[Any, frozenset[str]]]
"""Where a package comes from, and the hashes of its files, by name and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UvRelock:
    """Moves locks with uv, in folders below `folder`."""

    uv: Uv
    folder: Path

    def __call__(self, files: Mapping[str, bytes], moves: Sequence[Move]) -> bytes:
        """Return the moved lock; `files` are the lock and what stands beside it, by path.

        Raises:
            UserError: uv cannot move it so, or would change more (FT945).
            TransientError: the index is out of reach.
        """
        path = next(path for path in files if PurePosixPath(path).name == LOCK)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            for name, raw in files.items():
                place = Path(made, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(raw if name == path else lockable(name, raw))
            place = Path(made, path)
            self._move(place.parent, moves)
            fresh = place.read_bytes()
        _check(_held(files[path]), _held(fresh), moves)
        return fresh

    def _move(self, project: Path, moves: Sequence[Move]) -> None:
        asked = [
            each
            for move in moves
            if move.new is not None and not move.builds
            for each in ("--upgrade-package", f"{move.name}=={move.new}")
        ]
        try:
            self.uv.run(["lock", "--project", str(project), "--no-build", *asked])
        except TransientError:
            raise
        except PortError as error:
            said = error.what.replace(str(project), ".")
            raise UserError("FT945", f"uv cannot move the lock: {said}", hint=HINT) from error


def _held(raw: bytes) -> Held:
    found: Held = {}
    for package in tomllib.loads(raw.decode()).get("package", []):
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        hashes = frozenset(str(file.get("hash", "")) for file in files)
        found[package["name"], str(package.get("version", ""))] = (package["source"], hashes)
    return found


def _check(before: Held, after: Held, moves: Sequence[Move]) -> None:
    """Refuse a lock in which more has moved than was asked for.

    Raises:
        UserError: it has.
    """
    moving = {move.name for move in moves}
    kept, fresh = (
        {key: held for key, held in locked.items() if key[0] not in moving}
        for locked in (before, after)
    )
    changed = sorted({name for name, _ in kept.keys() ^ fresh.keys()})
    changed += sorted(name for name, version in kept.keys() & fresh.keys()
                      if kept[name, version] != fresh[name, version])  # fmt: skip
    if changed:
        names = ", ".join(changed[:5])
        what = f"uv would change more of the lock than was tested: {names}"
        raise UserError("FT945", what, hint=HINT)
