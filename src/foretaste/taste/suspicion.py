"""Suspicion: which moves a failure points at, before anything more is tried.

The factors were measured on real incidents (`culprits.md`): by them the culprit ranked first in 25
of 27. Yet the exception alone names somebody else in one case of four, so this orders what is
tried and never decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from packaging.version import Version

from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import BUILD, Move
from foretaste.taste.outcome import Failure
from foretaste.taste.reading import BROKEN

Owners = Mapping[str, str]
"""The move that brings each importable path ("jinja2", "six.py", "sphinxcontrib/applehelp")."""

NAMED = 30.0
INNERMOST = 12.0
ON_THE_WAY = 4.0
MAJOR, MINOR, PATCH = 6.0, 3.0, 1.0
# A package that vanishes is missed where nothing said that it was needed; one that appears was
# brought by another move, which is the one to try. Neither was measured.
VANISHES, APPEARS = 3.0, 1.0
# The year of a calendar version is no promise of a break.
FIRST_YEAR = 1990

_WORD = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,200}[A-Za-z0-9_])?")
_QUOTES = frozenset("'\"`/\u2018\u2019\u201c\u201d")
_BEFORE = frozenset(
    {"module", "package", "from", "import", "distribution", "library", "named", "requires"}
)
# Names of packages that are words of any message: they count where they are quoted or dotted only.
_COMMON_WORDS = """
attr attrs build cache click code common config configuration context core data date docs
environment error errors examples extras field file files fixtures future futures invoke json
lazy library line main method mock model models multipart name node object option options
package packaging parse parser path pathlib plugin process pytest python queue regex requests
resources retry retrying rich schema script scripts server service session source state string
table test tests time token trio types typing unittest update url user utils value version
wheel
"""
COMMON = frozenset(_COMMON_WORDS.split())
SHORT = 3


def weigh(lattice: Lattice, failures: Sequence[Failure], owners: Owners) -> dict[str, float]:
    """Return how much each move is suspected: the odds against the others, 1.0 for the least.

    Moves that are made together share the highest of their weights.
    """
    seen = {(failure.signature, failure.frames): failure for failure in failures}
    names = _names(lattice.moves, owners)
    single = {
        key: step(move)
        * max(
            (_product(_why(each, key, names[key], owners)) for each in seen.values()), default=1.0
        )
        for key, move in lattice.moves.items()
    }
    return {key: max(single[each] for each in lattice.unit(key)) for key in lattice.moves}


def pointing(failure: Failure, key: str, owners: Owners) -> float:
    """Return how much a failure alone points at a move: 1.0 where it does not."""
    return _product(_why(failure, key, _names([key], owners)[key], owners))


def why(failure: Failure, key: str, owners: Owners) -> tuple[str, ...]:
    """Return in words how a failure points at a move, the strongest first; empty for not at all."""
    return tuple(_why(failure, key, _names([key], owners)[key], owners))


def step(move: Move) -> float:
    """Return the weight of how far a move goes: a major step breaks more than a patch."""
    if move.old is None:
        return APPEARS
    if move.new is None:
        return VANISHES
    try:
        old, new = Version(move.old), Version(move.new)
    except ValueError:
        return MAJOR
    if (old.epoch, old.major) != (new.epoch, new.major):
        return MINOR if min(old.major, new.major) >= FIRST_YEAR else MAJOR
    return MINOR if old.minor != new.minor else PATCH


def _product(reasons: Mapping[str, float]) -> float:
    product = 1.0
    for factor in reasons.values():
        product *= factor
    return product


def _why(failure: Failure, key: str, names: frozenset[str], owners: Owners) -> dict[str, float]:
    """Return the factors by which a failure points at a move, by their reasons."""
    found: dict[str, float] = {}
    if failure.signature.type == BROKEN and key.startswith(BUILD):
        found["builds what could not be built"] = NAMED
    said = f"{failure.signature.type}: {failure.message or failure.signature.message}"
    if names & _named(said):
        found["named in the exception"] = NAMED
    if failure.frames and _owner(failure.frames[-1], owners) == key:
        found["innermost frame"] = INNERMOST
    elif any(_owner(frame, owners) == key for frame in failure.frames):
        found["in the trace"] = ON_THE_WAY
    return found


def _names(keys: Iterable[str], owners: Owners) -> dict[str, frozenset[str]]:
    """Return what each move's package is called in messages: by name, and as it is imported."""
    found = {key: {_plain(key.removeprefix(BUILD))} for key in keys}
    for path, key in owners.items():
        if key in found:
            found[key].add(_plain(path.removesuffix(".py").replace("/", ".")))
    return {key: frozenset(names) for key, names in found.items()}


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


@lru_cache(maxsize=256)
def _named(said: str) -> frozenset[str]:
    """Return all that a message may mean by name, plainly written; dotted names from the left."""
    found: set[str] = set()
    before = ""
    for match in _WORD.finditer(said):
        word = _plain(match[0])
        parts = word.split(".")
        around = {said[match.start() - 1 : match.start()], said[match.end() : match.end() + 1]}
        sure = len(parts) > 1 or bool(around & _QUOTES) or before in _BEFORE
        before = word
        if sure or (len(word) > SHORT and word not in COMMON):
            found |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return frozenset(found)


def _owner(frame: str, owners: Owners) -> str:
    """Return the move whose files a frame is in, "" for none: the deepest folder that is owned."""
    path = frame
    while path:
        if path in owners:
            return owners[path]
        path = path.rpartition("/")[0]
    return ""
