"""pylock.toml (PEP 751) as a base: what an installer takes from it for one interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foretaste.config.uvlock import Entry, entries_of, load_lock
from foretaste.config.versions import NO_LOCK, Asked, Base, Pins
from foretaste.ports.errors import UserError

_MAJOR = "1"
_ELSEWHERE = ("vcs", "archive", "directory")


def read_pylock(path: str, data: bytes, asked: Asked) -> Base:
    """Return what the lock has for the interpreter, the project's extras and default groups.

    Raises:
        UserError: it is damaged or of another version, has no answer for this interpreter, or
            takes a package from a place that is no index.
    """
    lock = load_lock(path, data)
    version = str(lock.get("lock-version", ""))
    if version.partition(".")[0] != _MAJOR:
        raise UserError(NO_LOCK, f"lock-version {version!r} is not known here", where=path)
    asked.check_python(str(lock.get("requires-python", "")), path)
    groups = frozenset(map(str, lock.get("default-groups", ())))
    pins = Pins()
    for number, package in enumerate(entries_of(lock, "packages", path), start=1):
        name = str(package.get("name", ""))
        where = f"{path}: package {number} ({name})"
        if _is_own(package) or not asked.holds_in_lock(
            str(package.get("marker", "")), groups, where
        ):
            continue
        _check_place(package, name, where)
        asked.check_python(str(package.get("requires-python", "")), where)
        pins.add(name, str(package.get("version", "")), tuple(_hashes(package)), where)
    return pins.base(path)


def _is_own(package: Entry) -> bool:
    directory = package.get("directory", {})
    return isinstance(directory, dict) and directory.get("path") in {".", "./"}


def _check_place(package: Entry, name: str, where: str) -> None:
    for key in _ELSEWHERE:
        if key in package:
            raise UserError(
                NO_LOCK,
                f"{name} is taken from a place ({key}), which is no index",
                where=where,
                hint="give the versions that work with --base",
            )


def _hashes(package: Entry) -> Iterator[str]:
    files: list[Any] = [package.get("sdist", {}), *package.get("wheels", ())]
    for each in files:
        hashes = each.get("hashes", {}) if isinstance(each, dict) else {}
        if isinstance(hashes, dict) and isinstance(hashes.get("sha256"), str):
            yield f"sha256:{hashes['sha256']}"
