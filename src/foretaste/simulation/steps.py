"""Steps: what happens in a scenario, a line each; a line that is not known is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from foretaste.core.events import DequeueAsked, EnqueueAsked, Held, Promoted, Resumed, TipsSeen
from foretaste.core.names import ChangeId, ProjectName, Ref
from foretaste.ports.errors import UserError
from foretaste.simulation.scenario import PolicyTable
from foretaste.simulation.world import World

FINISHING = 10_000
"""Builds that `finish *` ends at most: a gate that starts builds for ever is a finding."""

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class NotRunningError(ValueError):
    """A step ends a build that does not run."""

    def __init__(self, word: str, running: Sequence[str]) -> None:
        super().__init__(f"{word} does not run; these do: {' '.join(sorted(running))}")


Act = Callable[[World, Sequence[str]], None]


def act(world: World, line: str) -> None:
    """Do one `do` line, then let the gate run until it only waits.

    Raises:
        UserError: the line says nothing that can be done.
    """
    verb, *words = line.split()
    if verb not in ACTS:
        raise UserError("FT605", f"step {line!r}: there is no `{verb}`")
    try:
        ACTS[verb](world, words)
    except (KeyError, IndexError, ValueError) as error:
        raise UserError("FT606", f"step {line!r} cannot be done: {error}") from error
    world.settle()


def _each(action: Callable[[World, ChangeId], None]) -> Act:
    def run(world: World, words: Sequence[str]) -> None:
        for word in words:
            name = ChangeId(word)
            if name not in world.forge.changes:
                name = ChangeId(name.rstrip("0123456789"))
            if name not in world.forge.changes:
                raise KeyError(word)
            action(world, name)

    return run


def _approve(world: World, change: ChangeId) -> None:
    world.forge.approve(change)
    world.post(change, "approved")
    if not world.reordering:
        world.settle()


def _approve_silently(world: World, change: ChangeId) -> None:
    world.forge.approve(change)


def _event(world: World, change: ChangeId) -> None:
    world.post(change, "looked at")


def _withdraw(world: World, change: ChangeId) -> None:
    world.forge.edit(replace(world.forge.changes[change], approved_by=()))
    world.post(change, "withdrawn")


def _abandon(world: World, change: ChangeId) -> None:
    world.forge.edit(replace(world.forge.changes[change], open=False))
    world.post(change, "abandoned")


def _reopen(world: World, change: ChangeId) -> None:
    world.forge.approve(change)
    world.post(change, "reopened")


def _revise(world: World, change: ChangeId) -> None:
    world.revise(change)
    world.post(change, "pushed")


def _depends(world: World, words: Sequence[str]) -> None:
    change, on, *needs = words
    if on != "on":
        raise ValueError("write `depends A on B C`")
    world.edit(ChangeId(change), tuple(map(ChangeId, needs)))
    world.post(ChangeId(change), "edited")


def _refuse(world: World, change: ChangeId) -> None:
    world.forge.refusing.add(change)


def _refuse_once(world: World, change: ChangeId) -> None:
    world.forge.refusing_once.add(change)


def _unmergeable(world: World, change: ChangeId) -> None:
    world.forge.edit(replace(world.forge.changes[change], landable=False))


def _dequeue(world: World, change: ChangeId) -> None:
    world.mail.append(DequeueAsked(change=change))


def _enqueue(world: World, change: ChangeId) -> None:
    world.post(change, "looked at")
    world.mail.insert(len(world.mail) - 1, EnqueueAsked(change=change))


def _finish(world: World, words: Sequence[str]) -> None:
    if list(words) == ["*"]:
        _finish_all(world)
        return
    for label in _labels(world, words):
        build = world.running()[label]
        world.place.end(build.id, passed=world.passes(build))


def _finish_all(world: World) -> None:
    for _ in range(FINISHING):
        world.settle()
        running = world.running()
        if not running:
            return
        for build in running.values():
            world.place.end(build.id, passed=world.passes(build))
    raise ValueError("builds start for ever")


def _labels(world: World, words: Sequence[str]) -> list[str]:
    """Return the labels that words stand for; `M[*]` is every running build of M."""
    found: list[str] = []
    for word in words:
        running = list(world.running())
        job, star, _ = word.partition("[*]")
        matching = [label for label in running if label.startswith(f"{job}[")] if star else [word]
        if not matching or not set(matching) <= set(running):
            raise NotRunningError(word, running)
        found += matching
    return found


def _fail(world: World, words: Sequence[str]) -> None:
    for label in _labels(world, words):
        world.place.end(world.running()[label].id, passed=False)


def _lose(world: World, words: Sequence[str]) -> None:
    for label in _labels(world, words):
        world.place.lose(world.running()[label].id)


def _push(world: World, words: Sequence[str]) -> None:
    ref = Ref(ProjectName(words[0]), words[1])
    world.place.push(ref)
    tip = world.place.repository.tip(ref)
    if tip is not None:
        world.mail.append(TipsSeen(tips=((ref, tip),)))


def _promote(world: World, words: Sequence[str]) -> None:
    world.mail.append(Promoted(changes=tuple(map(ChangeId, words))))


def _hold(world: World, _words: Sequence[str]) -> None:
    world.mail.append(Held(why="held by the scenario"))


def _resume(world: World, _words: Sequence[str]) -> None:
    world.mail.append(Resumed())


def _set(world: World, words: Sequence[str]) -> None:
    table = world.scenario.policy.model_dump()
    table.update({key: getattr(world.policy, key) for key in table})
    table = {
        key: f"{value.operator.value}{value.amount}" if hasattr(value, "operator") else value
        for key, value in table.items()
    }
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in table:
            raise KeyError(word)
        table[key] = int(value) if isinstance(table[key], int) else value
    world.reconfigure(PolicyTable.model_validate(table).policy())


def _crash(world: World, _words: Sequence[str]) -> None:
    world.crash()


def _crash_at(world: World, words: Sequence[str]) -> None:
    world.store.crash_at(int(words[0]))


def _duplicate(world: World, _words: Sequence[str]) -> None:
    world.duplicating = True


def _reorder(world: World, _words: Sequence[str]) -> None:
    world.reordering = True


def _advance(world: World, words: Sequence[str]) -> None:
    world.clock.advance(float(words[0][:-1]) * SECONDS[words[0][-1]])


ACTS: Mapping[str, Act] = {
    "approve": _each(_approve),
    "approve-silently": _each(_approve_silently),
    "event": _each(_event),
    "withdraw": _each(_withdraw),
    "abandon": _each(_abandon),
    "reopen": _each(_reopen),
    "revise": _each(_revise),
    "depends": _depends,
    "finish": _finish,
    "fail": _fail,
    "lose": _lose,
    "refuse": _each(_refuse),
    "refuse-once": _each(_refuse_once),
    "unmergeable": _each(_unmergeable),
    "push": _push,
    "promote": _promote,
    "dequeue": _each(_dequeue),
    "enqueue": _each(_enqueue),
    "hold": _hold,
    "resume": _resume,
    "set": _set,
    "crash": _crash,
    "crash-at": _crash_at,
    "duplicate": _duplicate,
    "reorder": _reorder,
    "advance": _advance,
}
