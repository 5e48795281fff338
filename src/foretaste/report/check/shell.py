"""Shell: text from outside as parts of a POSIX shell script, which it can neither leave nor paint.

What is not printable is written as octal escapes, so that nobody who looks at the script on a
terminal sees something else than what it does (attack B27).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from foretaste.taste.releases import ReleaseFacts

# What names, versions and hashes consist of (PyPA, "Names and normalization"; PEP 440; pip).
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
VERSION = re.compile(r"[A-Za-z0-9.+!_-]+")
HASH = re.compile(r"sha(?:256|384|512):[0-9a-f]+")
# An address of a repository as uv takes it, in a file where "$" would begin a variable.
REPOSITORY = re.compile(r"git\+(?:https?|ssh|git|file)://[\w.~:/?#@!&()*+,;=%-]+", re.ASCII)
PASSWORD = re.compile(r"//[^/@\s]*:[^/@\s]*@")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnsafeNameError(Exception):
    """Something that must be a name, a version or a hash is none."""


def quoted(text: str) -> str:
    """Return the text as one word."""
    if _visible(text):
        return shlex.quote(text)
    return f"\"$(printf '%b' {_octal(text)})\""


def is_inside(path: str) -> bool:
    """Whether the path of a file leads to a place inside its folder."""
    return all(part not in {"", ".", ".."} for part in path.split("/"))


def written(path: str, text: str) -> str:
    """Return the commands that write a file below `$files`, to a path that is inside it."""
    folder, slash, _ = path.rpartition("/")
    made = f'mkdir -p "$files"/{quoted(folder)}\n' if slash else ""
    return made + document(f'"$files"/{quoted(path)}', text)


def document(place: str, text: str) -> str:
    """Return the commands that write a text to a place, which is a word already."""
    if not text:
        return f": >{place}\n"
    if not _visible(text) or not text.endswith("\n"):
        lines = text.splitlines(keepends=True)
        words = " \\\n  ".join(_octal(line) for line in lines)
        return f"printf '%b' \\\n  {words} >{place}\n"
    end = "END"
    while end in text.split("\n"):
        end += "_"
    return f"cat >{place} <<'{end}'\n{text}{end}\n"


def pinned(releases: Iterable[ReleaseFacts]) -> str:
    """Return the lines of a requirements file for those releases of the index, with their hashes.

    Raises:
        UnsafeNameError: a name, version or hash is none.
    """
    return "".join(_pin(release) for release in releases if not release.origin)


def unreleased(releases: Iterable[ReleaseFacts]) -> str:
    """Return the lines for those that no index has: they come from their repositories.

    Raises:
        UnsafeNameError: a name is none, or it comes from elsewhere.
    """
    return "".join(_address(release) for release in releases if release.origin)


def _address(release: ReleaseFacts) -> str:
    origin = bare(release.origin)
    if not (NAME.fullmatch(release.name) and REPOSITORY.fullmatch(origin)):
        raise UnsafeNameError(origin)
    return f"{release.name} @ {origin}\n"


def bare(text: str) -> str:
    """Return a text in which no address has a password."""
    return PASSWORD.sub("//", text)


def _pin(release: ReleaseFacts) -> str:
    for rule, text in (
        (NAME, release.name),
        (VERSION, release.version),
        *((HASH, each) for each in release.hashes),
    ):
        if not rule.fullmatch(text):
            raise UnsafeNameError(text)
    hashes = "".join(f" \\\n    --hash={each}" for each in release.hashes)
    return f"{release.name}=={release.version}{hashes}\n"


def exported(variables: Mapping[str, str]) -> str:
    """Return the commands that set variables of the environment; what is no name is left out."""
    return "".join(
        f"export {name}={quoted(value)}\n"
        for name, value in variables.items()
        if VARIABLE.fullmatch(name)
    )


def _visible(text: str) -> bool:
    return all(c.isprintable() or c in "\n\t" for c in text)


def _octal(text: str) -> str:
    """Return the text as a quoted word for `printf %b`, its bytes outside printable ASCII escaped."""
    return "'" + "".join(map(_byte, text.encode("utf-8", "surrogatepass"))) + "'"


def _byte(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b"'\\"  # noqa: PLR2004 - printable ASCII
    return chr(byte) if plain else f"\\0{byte:03o}"
