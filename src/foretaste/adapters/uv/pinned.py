"""Pins as text: the lines of a requirements file that name releases exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.ports.errors import UserError
from foretaste.ports.releases import Pin

_HASH = re.compile(r"\s--hash=(\S+)")
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*===?\s*([^\s;,]+)")


def parse_pins(lines: Iterable[str]) -> tuple[Pin, ...]:
    """Return the pins of lines like "NAME==VERSION --hash=sha256:…" or "NAME @ file://…".

    Raises:
        UserError: a line is neither, or gives no hash for a file of the index.
    """
    return tuple(_parse(line.strip()) for line in lines if line.strip())


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of a requirements file, those that a backslash continues as one."""
    held = ""
    for line in text.splitlines():
        held += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield held
            held = ""
    if held:
        yield held


def _parse(line: str) -> Pin:
    text, _, _ = line.partition(" --hash=")
    hashes = tuple(_HASH.findall(line))
    if " @ " in text:
        return _parse_wheel(text, hashes)
    found = _PIN.fullmatch(text.partition(";")[0].strip())
    if found is None or not _is_version(found.group(2)):
        raise UserError("FT660", f"{text!r} names no single release", hint='like "six==1.16.0"')
    if not hashes:
        raise UserError("FT660", f"{text!r} gives no hash of its file")
    return Pin(name=canonicalize_name(found.group(1)), version=found.group(2), hashes=hashes)


def _parse_wheel(text: str, hashes: tuple[str, ...]) -> Pin:
    """Return the pin of a wheel that was built here."""
    wrong = UserError("FT660", f"{text!r} names no wheel of this machine")
    try:
        requirement = Requirement(text.strip())
    except InvalidRequirement as error:
        raise wrong from error
    place = urlsplit(requirement.url or "")
    path = Path(unquote(place.path))
    parts = path.name.removesuffix(".whl").split("-")
    if place.scheme != "file" or path.suffix != ".whl" or not path.is_absolute() or len(parts) < 5:  # noqa: PLR2004
        raise wrong
    name = canonicalize_name(requirement.name)
    return Pin(name=name, version=parts[1].replace("_", "-"), hashes=hashes, wheel=str(path))


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
