"""Notices: what a reader should know of the releases that moved, beside whether tests pass.

They are named and decide nothing: code that runs whenever an interpreter starts (named even where
the old release had such a file: what is in it may be new), scripts that changed, plugins that another program would load (attack C32), a release that was withdrawn, a new
package whose name looks like that of a known one (attack C39).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import BUILD, Move
from foretaste.taste.releases import Known, ReleaseFacts


class Kind(enum.Enum):
    """What a notice is about."""

    STARTS = "starts"
    SCRIPTS = "scripts"
    PLUGINS = "plugins"
    YANKED = "yanked"
    VANISHED = "vanished"
    RESEMBLES = "resembles"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that was noticed of one release; `name` and `version` are "" for none.

    `said` holds what it is about: files, scripts ("+new", "-gone"), plugins ("pytest11: name"),
    the reason that was given, the name that it resembles, or a sentence.
    """

    kind: Kind
    name: str = ""
    version: str = ""
    said: tuple[str, ...] = ()


# Pairs of characters that are hard to tell apart in a package's name, as one of them.
ALIKE = (("0", "o"), ("1", "l"), ("i", "l"), ("rn", "m"), ("vv", "w"), ("-", ""))


def notices_of(lattice: Lattice, known: Known) -> tuple[Notice, ...]:
    """Return what was noticed of each move's new release, and of base and candidate as such."""
    found = [
        notice
        for key in sorted(lattice.moves)
        for notice in _of_move(lattice, lattice.moves[key], known)
    ]
    gone = [
        notice
        for key, version in sorted(lattice.base.items())
        for notice in _withdrawn(known.get((key.removeprefix(BUILD), version)))
    ]
    dropped = [Notice(kind=Kind.DROPPED, said=(each,)) for each in lattice.dropped]
    # What builds the project and what it uses may move to one and the same release.
    return tuple(dict.fromkeys((*found, *gone, *dropped)))


def _of_move(lattice: Lattice, move: Move, known: Known) -> Iterator[Notice]:
    if move.old is None:
        yield from _resembling(lattice, move)
    new = known.get((move.name, move.new or ""))
    if new is None:
        return
    old = known.get((move.name, move.old or ""), ReleaseFacts(name=move.name, version=""))
    yield from _withdrawn(new)
    for kind, said in (
        (Kind.STARTS, tuple(sorted(new.starts))),
        (Kind.SCRIPTS, _changed(old, new) if move.old is not None else ()),
        (Kind.PLUGINS, _added(_plugins(old), _plugins(new))),
    ):
        if said:
            yield Notice(kind=kind, name=new.name, version=new.version, said=said)


def _withdrawn(release: ReleaseFacts | None) -> Iterator[Notice]:
    if release is None:
        return
    if release.yanked is not None:
        said = (release.yanked,) if release.yanked else ()
        yield Notice(kind=Kind.YANKED, name=release.name, version=release.version, said=said)
    if release.vanished:
        yield Notice(kind=Kind.VANISHED, name=release.name, version=release.version)


def _added(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*new} - {*old}))


def _changed(old: ReleaseFacts, new: ReleaseFacts) -> tuple[str, ...]:
    return (
        *(f"+{name}" for name in _added(old.scripts, new.scripts)),
        *(f"-{name}" for name in _added(new.scripts, old.scripts)),
    )


def _plugins(release: ReleaseFacts) -> tuple[str, ...]:
    return tuple(f"{group}: {name}" for group, names in release.plugins.items() for name in names)


def _resembling(lattice: Lattice, move: Move) -> Iterator[Notice]:
    """Yield a notice where the name of a package that appears could be taken for a known one's."""
    for key in sorted(lattice.base):
        name = key.removeprefix(BUILD)
        if name != move.name and _skeleton(name) == _skeleton(move.name):
            yield Notice(kind=Kind.RESEMBLES, name=move.name, version=move.new or "", said=(name,))


def _skeleton(name: str) -> str:
    for one, other in ALIKE:
        name = name.replace(one, other)
    return name
