"""Fitting: which files of a release are for an interpreter, wheels before sources."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from packaging import tags
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.ports.index import IndexFile

WHEEL = "wheel"
SDIST = "sdist"
# What is unpacked first where a release has several sources.
_LIKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """The files of a release that an interpreter can use: wheels, and the source to build."""

    wheels: tuple[IndexFile, ...] = ()
    sdist: IndexFile | None = None

    @property
    def hashes(self) -> tuple[str, ...]:
        """The hashes of the wheels, as pins have them."""
        return tuple(sorted({f"sha256:{each.sha256}" for each in self.wheels}))


def fitting(files: Iterable[IndexFile], interpreter: Interpreter) -> Fitting:
    """Return those files of a release that fit; one without a hash fits nobody."""
    sound = [each for each in files if each.sha256 and runs_on(each, interpreter)]
    sources = [each for each in sound if each.kind == SDIST]
    return Fitting(
        wheels=tuple(
            each
            for each in sound
            if each.kind == WHEEL and _is_tagged_for(_tags_in(each.filename), interpreter)
        ),
        sdist=min(sources, key=_liking, default=None),
    )


def runs_on(file: IndexFile, interpreter: Interpreter) -> bool:
    """Whether a file is for the interpreter's version; what cannot be read says nothing."""
    return _allows(file.requires_python, interpreter.version)


@functools.lru_cache(maxsize=4096)
def _allows(requires_python: str, version: str) -> bool:
    try:
        return Version(version) in SpecifierSet(requires_python)
    except InvalidSpecifier:
        return True


def _tags_in(filename: str) -> str:
    """Return the tags of a wheel's name: many thousands of files have the same few."""
    return "-".join(filename.removesuffix(".whl").rsplit("-", 3)[1:])


@functools.lru_cache(maxsize=16_384)
def _is_tagged_for(tagged: str, interpreter: Interpreter) -> bool:
    return not tags_of(interpreter).isdisjoint(tags.parse_tag(tagged))


@functools.lru_cache(maxsize=32)
def tags_of(interpreter: Interpreter) -> frozenset[Tag]:
    """Return the tags of wheels that an interpreter can use on this machine."""
    numbers = tuple(map(int, interpreter.version.split(".")[:2]))
    platforms = list(tags.platform_tags())
    digits = "".join(map(str, numbers))
    if interpreter.tag.startswith("cpython"):
        own = tags.cpython_tags(numbers, platforms=platforms)
        return frozenset([*own, *tags.compatible_tags(numbers, f"cp{digits}", platforms)])
    short = "pp" if interpreter.tag.startswith("pypy") else interpreter.tag.partition("-")[0]
    abi = interpreter.tag.replace("-", "_").replace(".", "_")
    named = f"{short}{digits}"
    return frozenset(
        [
            *tags.generic_tags(named, [abi], platforms),
            *tags.compatible_tags(numbers, named, platforms),
        ]
    )


def _liking(file: IndexFile) -> int:
    return next(
        (place for place, end in enumerate(_LIKED) if file.filename.endswith(end)), len(_LIKED)
    )
