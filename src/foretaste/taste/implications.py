"""Implications: which moves need which, from what the releases of both states require.

Each package is in one of two versions, so a requirement can be broken in a few ways only, and each
of them is a small set of moves made and not made ("p is new, q is old"). Neither end state is such
a way, for both are consistent; so each has a move that is made and one that is not, and is ruled
out by one implication: the one made needs the other. An extra is on where a release that asks for
it is there, which can make such a set larger than two; ruling it out by two of its members keeps
every state that is left installable and loses a few that would be as well.

A requirement that an end state itself breaks says nothing about what can be installed, since that
state was: it is dropped, and that is told. What builds the project is a world of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.moves import BUILD, Move, State, moves_between
from foretaste.taste.requires import Need, Needs, needs_of

Requires = Mapping[tuple[str, str], Sequence[str]]
"""The `Requires-Dist` lines of releases, by key and version."""
Literal = tuple[str, bool]
"""A move's key, and whether it is made."""
Way = frozenset[Literal]
"""A set of states: those in which all of these hold. The empty one is every state."""

EVERY: Way = frozenset()
# How the moves stand in an end state, and which end state that is; with both, it is neither.
ENDS = {
    frozenset[bool](): "base and candidate have",
    frozenset({False}): "the base has",
    frozenset({True}): "the candidate has",
}
# A hostile release may list a million: no more of them are told.
TOLD = 200
QUOTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A release (None: its absence), and the states that have it."""

    key: str
    version: str | None
    where: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """Both states, and what their releases need."""

    base: State
    candidate: State
    moves: Mapping[str, Move]
    needs: Mapping[tuple[str, str], Needs]
    markers: Mapping[str, str]

    def placed(self, key: str) -> tuple[_Placed, ...]:
        """Return what there is of a package: one release, or two where it moves."""
        old = _Placed(key=key, version=self.base.get(key), where=EVERY)
        if key not in self.moves:
            return (old,)
        new = _Placed(key=key, version=self.candidate.get(key), where=frozenset({(key, True)}))
        return (replace(old, where=frozenset({(key, False)})), new)

    def lines(self, placed: _Placed, extra: str = "") -> tuple[Need, ...]:
        """Return what a release needs, for an extra or for none; absence needs nothing."""
        if placed.version is None:
            return ()
        return self.needs[placed.key, placed.version].of(self.markers, extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """What is asked for, by whom (for people), and the states in which it is."""

    by: str
    by_key: str
    key: str
    need: Need
    where: Way


def lattice_of(  # noqa: PLR0917 -- both states, and the three things that bind them
    base: State,
    candidate: State,
    releases: Requires,
    roots: Sequence[str],
    markers: Mapping[str, str],
) -> Lattice:
    """Return which moves can be made together.

    `releases` has the lines of every release of both states, by key and version; `roots` are the
    project's own requirements; `markers` is what environment markers are evaluated with (PEP 508).
    """
    moves = {move.key: move for move in moves_between(base, candidate)}
    there = sorted({*base.items(), *candidate.items()})
    needs = {each: needs_of(releases.get(each, ()), markers) for each in there}
    world = _World(base=base, candidate=candidate, moves=moves, needs=needs, markers=markers)
    wanted = needs_of(roots, markers)
    edges: set[tuple[str, str]] = set()
    dropped = dict.fromkeys(_unread(needs, wanted))
    for demand in _demands(world, wanted):
        if demand.need.partial:
            dropped[_unreadable(demand.by, demand.need.text)] = None
        ways = _broken(world, demand)
        if any(frozenset(made for _, made in way) in ENDS for way in ways):
            dropped |= dict.fromkeys(_sentences(world, demand, ways))
        else:
            edges |= {_ruled_out(way, demand) for way in ways}
    return Lattice(
        base=base,
        moves=moves,
        needs=_closed(tuple(moves), edges),
        dropped=tuple(dropped)[:TOLD],
    )


def orphans(
    state: State, releases: Requires, roots: Sequence[str], markers: Mapping[str, str]
) -> frozenset[str]:
    """Return the installed packages that the requirements of the project do not reach.

    What builds the project is never among them.
    """
    reached = _reached(state, releases, roots, markers)
    return frozenset(key for key in state if key not in reached and not key.startswith(BUILD))


def absent(
    state: State, releases: Requires, roots: Sequence[str], markers: Mapping[str, str]
) -> frozenset[str]:
    """Return the packages that the project, or a release in the state, asks for and it lacks."""
    return _reached(state, releases, roots, markers) - frozenset(state)


def _reached(
    state: State, releases: Requires, roots: Sequence[str], markers: Mapping[str, str]
) -> frozenset[str]:
    """Return every package that is asked for, there or not."""
    needs: dict[str, Needs] = {}
    ways = [
        (need.name, extra)
        for need in needs_of(roots, markers).of(markers)
        for extra in ("", *need.extras)
    ]
    seen: set[tuple[str, str]] = set()
    while ways:
        key, extra = ways.pop()
        if (key, extra) in seen:
            continue
        seen.add((key, extra))
        if key not in state:
            continue
        if key not in needs:
            needs[key] = needs_of(releases.get((key, state[key]), ()), markers)
        for need in needs[key].of(markers, extra):
            ways += [(need.name, each) for each in ("", *need.extras)]
    return frozenset(key for key, _ in seen)


def _demands(world: _World, wanted: Needs) -> Iterator[_Demand]:
    """Yield everything that is asked for, by the project and by each release where it is."""
    for need in wanted.of(world.markers):
        yield _Demand(by="the project", by_key="", key=need.name, need=need, where=EVERY)
    extras = _extras_on(world, wanted)
    for key in sorted({*world.base, *world.candidate}):
        yield from _of_package(world, key, "", [EVERY])
    for (key, extra), ways in sorted(extras.items()):
        yield from _of_package(world, key, extra, ways)


def _of_package(world: _World, key: str, extra: str, ways: Iterable[Way]) -> Iterator[_Demand]:
    for way in ways:
        for placed in world.placed(key):
            where = _both(way, placed.where)
            if where is None:
                continue
            by = f"{_named(key)} {placed.version}"
            for need in world.lines(placed, extra):
                beside = _beside(key, need)
                yield _Demand(by=by, by_key=key, key=beside, need=need, where=where)


def _extras_on(world: _World, wanted: Needs) -> Mapping[tuple[str, str], list[Way]]:
    """Return the extras that are on in some state, each with the states in which it is."""
    on: dict[tuple[str, str], list[Way]] = {}
    todo = [(need.name, extra, EVERY) for need in wanted.of(world.markers) for extra in need.extras]
    for key in {*world.base, *world.candidate}:
        todo += _passed_on(_of_package(world, key, "", [EVERY]))
    while todo:
        key, extra, way = todo.pop()
        if _add(on.setdefault((key, extra), []), way):
            todo += _passed_on(_of_package(world, key, extra, [way]))
    return on


def _passed_on(demands: Iterable[_Demand]) -> Iterator[tuple[str, str, Way]]:
    for demand in demands:
        for extra in demand.need.extras:
            yield demand.key, extra, _bounded(demand.where)


def _add(ways: list[Way], way: Way) -> bool:
    """Add a way unless one that is there holds wherever it does; those that it covers go."""
    if any(each <= way for each in ways):
        return False
    ways[:] = [each for each in ways if not way <= each]
    ways.append(way)
    return True


def _both(one: Way, other: Way) -> Way | None:
    """Return where both hold; None where no state has both."""
    both = one | other
    return None if any((key, not made) in both for key, made in both) else both


def _bounded(way: Way) -> Way:
    """Return a wider way of at most one move made and one not made.

    It is true of an end state only if the given one is. Without a bound, a few packages that ask
    for each other's extras would make more ways than there are states.
    """
    return frozenset(
        literal for literal in way if literal == min(each for each in way if each[1] is literal[1])
    )


def _beside(key: str, need: Need) -> str:
    """Return the key of what a package needs: what builds is needed by what builds."""
    return BUILD + need.name if key.startswith(BUILD) else need.name


def _broken(world: _World, demand: _Demand) -> list[Way]:
    """Return the ways in which a demand is not met."""
    where = (
        _both(demand.where, placed.where)
        for placed in world.placed(demand.key)
        if not demand.need.accepts(placed.version)
    )
    return [way for way in where if way is not None]


def _sentences(world: _World, demand: _Demand, ways: Iterable[Way]) -> Iterator[str]:
    """Yield what is said of a demand that an end state does not meet.

    Of what the base lacks and the candidate as well nothing is: a lock may leave out what every
    environment has.
    """
    absent = demand.key not in world.base and demand.key not in world.candidate
    for way in ways:
        made = frozenset(made for _, made in way)
        if made not in ENDS or (absent and made != {True}):
            continue
        version = (world.candidate if made == {True} else world.base).get(demand.key)
        there = f"{_named(demand.key)} {version}" if version else f"no {_named(demand.key)}"
        yield f"{demand.by} requires {_quoted(demand.need.text)}, but {ENDS[made]} {there}"


def _unread(needs: Mapping[tuple[str, str], Needs], wanted: Needs) -> Iterator[str]:
    """Yield what is said of lines that cannot be read."""
    for by, each in [
        ("the project", wanted),
        *((f"{_named(key)} {version}", each) for (key, version), each in needs.items()),
    ]:
        for line in each.unread:
            yield _unreadable(by, line)


def _unreadable(by: str, line: str) -> str:
    return f"{by} requires {_quoted(line)}, which cannot be read: any version is taken"


def _named(key: str) -> str:
    return f"{key.removeprefix(BUILD)} (of the build)" if key.startswith(BUILD) else key


def _quoted(text: str) -> str:
    """Return a text of a release in quotes, short, with what is not printed escaped."""
    return repr(text if len(text) <= QUOTED else text[:QUOTED] + "…")


def _ruled_out(way: Way, demand: _Demand) -> tuple[str, str]:
    """Return the implication that rules a way out: the move made, and the one that it needs.

    Of several it takes the move that switched an extra on, and the package that was asked for.
    """

    def nearness(key: str) -> tuple[int, str]:
        return (0 if key == demand.key else 1 if key == demand.by_key else 2, key)

    made = max((key for key, made in way if made), key=nearness)
    needed = min((key for key, made in way if not made), key=nearness)
    return made, needed


def _closed(keys: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, Moved]:
    """Return for each key itself and all that it leads to (Warshall, on the bits of numbers)."""
    place = {key: number for number, key in enumerate(keys)}
    rows = [1 << number for number in range(len(keys))]
    for key, needed in edges:
        rows[place[key]] |= 1 << place[needed]
    for through in range(len(keys)):
        row = rows[through]
        for number, each in enumerate(rows):
            if each >> through & 1:
                rows[number] = each | row
    sets = {row: frozenset(key for key in keys if row >> place[key] & 1) for row in {*rows}}
    return {key: sets[rows[place[key]]] for key in keys}
