"""Names of projects: normalised, and none that only looks like another (attack C39)."""

from __future__ import annotations

import re
import unicodedata

from packaging.utils import canonicalize_name

from foretaste.ports.errors import UserError

# Spelled out: ignoring case would let letters such as the Kelvin sign pass.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?")
# Letters of other alphabets that are drawn like one of ours; compatibility forms are found by
# Unicode's own tables.
_ALIKE = str.maketrans(
    "абвгеіјкмнорсѕтухԁԛԝһӏαβγεικνορτυχωıɡℓ",
    "abbreijkmhopcstyxdqwhlabyeikvoptuxwigl",
)
# Dashes and mathematical signs, of which the minus is one.
_DASHES = frozenset({"Pd", "Sm"})
_SHOWN = 60


def normalised(name: str) -> str:
    """Return a project's name as indexes write it.

    Raises:
        UserError: it is none; says which letters only look as if they belonged.
    """
    if _NAME.fullmatch(name):
        return str(canonicalize_name(name))
    raise UserError("FT647", f"{name[:_SHOWN]!r} is no project's name", hint=_hint(name[:_SHOWN]))


def _hint(name: str) -> str:
    strange = [each for each in dict.fromkeys(name) if not each.isascii()]
    if not strange:
        return "letters, digits, and - _ . between them"
    called = ", ".join(unicodedata.name(each, f"U+{ord(each):04X}") for each in strange[:5])
    drawn = "".join("-" if unicodedata.category(each) in _DASHES else each for each in name)
    meant = unicodedata.normalize("NFKC", drawn).lower().translate(_ALIKE)
    if _NAME.fullmatch(meant):
        return f"it has {called}; it looks like {meant}, and is another name"
    return f"it has {called}"
