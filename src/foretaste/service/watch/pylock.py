"""Pylock: a `pylock.toml` (PEP 751), read and moved as data; nothing is resolved and nothing runs.

A package that does not move keeps its text. One that does is written anew from what the index
shows. What a tool noted beyond that (dependencies, attestations) is of the old release and goes.
"""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from foretaste.ports.errors import UserError
from foretaste.ports.index import IndexFile
from foretaste.taste.moves import Move

Files = Mapping[tuple[str, str], Sequence[IndexFile]]
"""The files that the index shows of a release, by normalised name and version."""

_BLOCK = re.compile(r"^\[\[[ \t]*packages[ \t]*\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_TABLE = re.compile(r"^\[+[ \t]*([A-Za-z0-9_-]+)", re.MULTILINE)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
# Of the old release, or what says that it is no release of the index.
_OF_THE_OLD = ("version", "sdist", "wheels", "dependencies", "attestation-identities",
               "requires-python")  # fmt: skip
_ELSEWHERE = ("vcs", "directory", "archive")


def pins_in(text: str) -> dict[str, str]:
    """Return the version of each package that comes from an index.

    Raises:
        UserError: it is not a lock (FT941).
    """
    return {
        str(canonicalize_name(package["name"])): package["version"]
        for package in _packages(text)
        if not any(key in package for key in _ELSEWHERE) and isinstance(package.get("version"), str)
    }


def moved(text: str, moves: Sequence[Move], files: Files) -> str:
    """Return the lock with its packages moved.

    Raises:
        UserError: the index gives no hash of a file (FT942), or it is not a lock (FT941).
    """
    pins_in(text)
    going = {move.name: move for move in moves if not move.builds}
    head, blocks, tail = _parts(text)
    known: set[str] = set()
    written = [head]
    for block in blocks:
        package = tomllib.loads(block)["packages"][0]
        name = str(canonicalize_name(package["name"]))
        known.add(name)
        move = going.get(name)
        if move is None or any(key in package for key in _ELSEWHERE):
            written.append(block)
        elif move.new is not None:
            written.append(_block(package, move.new, files))
    index = _index(blocks)
    for name, move in sorted(going.items()):
        if move.old is None and move.new is not None and name not in known:
            written.append(_block({"name": name, **index}, move.new, files))
    return "".join([*written, tail])


def _packages(text: str) -> list[dict[str, Any]]:
    try:
        read = tomllib.loads(text)
        packages = read["packages"]
        if all(isinstance(package["name"], str) for package in packages):
            return list(packages)
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        pass
    raise UserError("FT941", "the lock cannot be read", hint="PEP 751 says what stands in one")


def _parts(text: str) -> tuple[str, list[str], str]:
    """Return what stands before the packages, each package's text, and what stands behind."""
    starts = [match.start() for match in _BLOCK.finditer(text)]
    if not starts:
        return text, [], ""
    behind = next(
        (
            match.start()
            for match in _TABLE.finditer(text, starts[-1])
            if match.group(1) != "packages"
        ),
        len(text),
    )
    bounds = [*starts, behind]
    blocks = [text[start:end] for start, end in itertools.pairwise(bounds)]
    return text[: starts[0]], blocks, text[behind:]


def _index(blocks: Sequence[str]) -> dict[str, str]:
    """Return the index that the other packages come from, where they name one."""
    for block in blocks:
        index = tomllib.loads(block)["packages"][0].get("index")
        if isinstance(index, str):
            return {"index": index}
    return {}


def _block(package: Mapping[str, Any], version: str, files: Files) -> str:
    shown = _lockable(str(canonicalize_name(package["name"])), version, files)
    wheels = [_file(each) for each in shown if each.kind == "wheel"]
    sdists = [_file(each) for each in shown if each.kind == "sdist"]
    python = next((each.requires_python for each in shown if each.requires_python), "")
    kept = {key: value for key, value in package.items() if key not in _OF_THE_OLD}
    table = {
        "name": kept.pop("name"),
        "version": version,
        **({"requires-python": python} if python else {}),
        **kept,
        **({"sdist": sdists[0]} if sdists else {}),
        **({"wheels": wheels} if wheels else {}),
    }
    lines = [f"{_key(key)} = {toml_value(value)}" for key, value in table.items()]
    return "\n".join(["[[packages]]", *lines]) + "\n\n"


def _lockable(name: str, version: str, files: Files) -> list[IndexFile]:
    """Return a release's files that are not yanked.

    Raises:
        UserError: there is none, or one has no hash (FT942).
    """
    shown = [each for each in files.get((name, version), ()) if each.yanked is None]
    if not shown or not all(each.sha256 for each in shown):
        raise UserError(
            "FT942",
            f"the lock has hashes, and the index gives none for {name} {version}",
            hint="write this package by hand",
        )
    return shown


def _file(file: IndexFile) -> dict[str, Any]:
    when = {} if file.uploaded is None else {"upload-time": file.uploaded}
    return {
        "name": file.filename,
        "url": _public(file.url),
        **when,
        "hashes": {"sha256": file.sha256},
    }


def _public(url: str) -> str:
    """Return an address without user and password: those of the gate's index stand in a page's."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def toml_value(value: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    """Return a value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case datetime() | date() | time():
            return value.isoformat().replace("+00:00", "Z")
        case dict():
            inside = ", ".join(f"{_key(key)} = {toml_value(each)}" for key, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list():
            return "[" + "".join(f"\n    {each}," for each in map(toml_value, value)) + "\n]"
        case _:
            return str(value)
