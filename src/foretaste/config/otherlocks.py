"""Locks of other tools as a base: poetry.lock, pdm.lock, Pipfile.lock.

They list what is installed, and for whom; what each needs is not walked, as their own tools do
not walk it either where the markers stand beside the releases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from foretaste.config.uvlock import Entry, entries_of, load_lock
from foretaste.config.versions import NO_LOCK, Asked, Base, Pins
from foretaste.ports.errors import UserError


def read_poetry_lock(path: str, data: bytes, asked: Asked) -> Base:
    """Return the releases of a lock of Poetry's for the interpreter.

    Optional ones (of extras) are left out.

    Raises:
        UserError: it is damaged, or takes a package from a place that is no index.
    """
    lock = load_lock(path, data)
    pins = Pins()
    for package in entries_of(lock, "package", path):
        name = str(package.get("name", ""))
        where = f"{path}: {name}"
        if package.get("optional") is True or not _is_for(package.get("markers"), asked, where):
            continue
        source = package.get("source", {})
        if isinstance(source, dict) and source.get("type") in {"git", "url", "file", "directory"}:
            raise _elsewhere(name, str(source.get("url", "")), where)
        pins.add(name, str(package.get("version", "")), tuple(_hashes(package)), where)
    return pins.base(path)


def read_pdm_lock(path: str, data: bytes, asked: Asked) -> Base:
    """Return the releases of a lock of PDM's for the interpreter.

    Raises:
        UserError: it is damaged, or takes a package from a place that is no index.
    """
    lock = load_lock(path, data)
    pins = Pins()
    for package in entries_of(lock, "package", path):
        name = str(package.get("name", ""))
        where = f"{path}: {name}"
        if not asked.holds(str(package.get("marker", "")), where):
            continue
        for key in ("git", "hg", "url", "path"):
            if key in package:
                raise _elsewhere(name, str(package[key]), where)
        pins.add(name, str(package.get("version", "")), tuple(_hashes(package)), where)
    return pins.base(path)


def read_pipfile_lock(path: str, data: bytes, asked: Asked) -> Base:
    """Return the releases of Pipenv's lock, those for development too.

    Raises:
        UserError: it is damaged, or takes a package from a place that is no index.
    """
    try:
        lock = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(NO_LOCK, f"not JSON: {error}", where=path) from None
    pins = Pins()
    for section in ("default", "develop"):
        for name, package in _tables(lock, section).items():
            where = f"{path}: {section}.{name}"
            if not asked.holds(str(package.get("markers", "")), where):
                continue
            version = str(package.get("version", ""))
            if not version.startswith("=="):
                raise _elsewhere(name, "a place", where)
            hashes = tuple(map(str, package.get("hashes", ())))
            pins.add(name, version.removeprefix("=="), hashes, where)
    return pins.base(path)


def _tables(lock: object, section: str) -> Mapping[str, Mapping[str, Any]]:
    found = lock.get(section, {}) if isinstance(lock, dict) else {}
    if not isinstance(found, dict):
        return {}
    return {name: each for name, each in found.items() if isinstance(each, dict)}


def _is_for(markers: object, asked: Asked, where: str) -> bool:
    """Whether a release of Poetry's is for us: one marker, or one for each group."""
    if isinstance(markers, dict):
        return any(asked.holds(str(each), where) for each in markers.values())
    return asked.holds(str(markers or ""), where)


def _elsewhere(name: str, place: str, where: str) -> UserError:
    return UserError(
        NO_LOCK,
        f"{name} is taken from {place}, which is no index",
        where=where,
        hint="give the versions that work with --base",
    )


def _hashes(package: Entry) -> Iterator[str]:
    files = package.get("files", ())
    for each in files if isinstance(files, list) else ():
        if isinstance(each, dict) and isinstance(each.get("hash"), str):
            yield each["hash"]
