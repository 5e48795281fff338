"""Suspicion: which moves a failure points at, before anything more is tried.

The factors were measured on real incidents (`culprits.md`): by them the culprit ranked first in 25
of 27. Yet the exception alone names somebody else in one case of four, so this orders what is
tried and never decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from packaging.version import Version

from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import BUILD, Move
from foretaste.taste.outcome import Failure
from foretaste.taste.reading import BROKEN
from foretaste.taste.traces import raising_line

Owners = Mapping[str, str]
"""The move that brings each importable path ("jinja2", "six.py", "sphinxcontrib/applehelp")."""

NAMED = 30.0
INNERMOST = 12.0
ON_THE_WAY = 4.0
# The line of code that raised it calls it by name, and the exception does not. Chosen, not measured:
# two of thirty incidents point so and in no other way, and then it outweighs a major step elsewhere.
CALLED = 8.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clues:
    """What a failure says of whom it comes from.

    `named` and `called` are names in the exception and in the line that raised it; `innermost` and
    `on_the_way` are moves whose files the trace came through.
    """

    unbuilt: bool
    named: frozenset[str]
    called: frozenset[str]
    innermost: str
    on_the_way: frozenset[str]


def weigh(lattice: Lattice, failures: Sequence[Failure], owners: Owners) -> dict[str, float]:
    """Return how much each move is suspected: the odds against the others, 1.0 for the least.

    Moves that are made together share the highest of their weights.
    """
    seen = {(failure.signature, failure.frames): failure for failure in failures}
    clues = [_clues(failure, owners) for failure in seen.values()]
    names = _names(lattice.moves, owners)
    single = {
        key: step(move)
        * max((prod(_why(each, key, names[key]).values()) for each in clues), default=1.0)
        for key, move in lattice.moves.items()
    }
    return {key: max(single[each] for each in lattice.unit(key)) for key in lattice.moves}


def pointing(failure: Failure, key: str, owners: Owners) -> float:
    """Return how much a failure alone points at a move: 1.0 where it does not."""
    return prod(_why(_clues(failure, owners), key, _names([key], owners)[key]).values())


def why(failure: Failure, key: str, owners: Owners) -> tuple[str, ...]:
    """Return in words how a failure points at a move, the strongest first; empty for not at all."""
    return tuple(_why(_clues(failure, owners), key, _names([key], owners)[key]))


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


def _clues(failure: Failure, owners: Owners) -> _Clues:
    on_the_way = [_owner(frame, owners) for frame in failure.frames]
    said = failure.message or failure.signature.message
    return _Clues(
        unbuilt=failure.signature.type == BROKEN,
        named=_named(f"{failure.signature.type}: {said}"),
        called=_named(raising_line(failure.trace)),
        innermost=on_the_way[-1] if on_the_way else "",
        on_the_way=frozenset(on_the_way),
    )


def _why(clues: _Clues, key: str, names: frozenset[str]) -> dict[str, float]:
    """Return the factors by which a failure points at a move, by their reasons."""
    found: dict[str, float] = {}
    if clues.unbuilt and key.startswith(BUILD):
        found["builds what could not be built"] = NAMED
    if names & clues.named:
        found["named in the exception"] = NAMED
    elif names & clues.called:
        found["named in the line that raised it"] = CALLED
    if clues.innermost == key:
        found["innermost frame"] = INNERMOST
    elif key in clues.on_the_way:
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
