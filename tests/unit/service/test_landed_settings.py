"""The gate's own settings are in force as soon as they have landed, before anything else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from foretaste.core.events import Configured, Event, Held, Landed, LandWanted
from foretaste.core.facts import Facts, Queue
from foretaste.core.names import ProspectKey, QueueName
from foretaste.core.policy import Policy
from foretaste.core.prospect import Move, Prospect, ProspectState
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.service.perform import Hands, Performer
from foretaste.service.settings import OWN
from foretaste.service.settle import Settler
from foretaste.simulation.executor import MemoryExecutor
from foretaste.simulation.forge import MemoryForge
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.repository import tree_id

NEWS = Configured(policy=Policy(window=7), projects=())
QUEUE = QueueName("gate")


class NoJobs:
    """Reads no jobs: nothing is prepared here."""

    def jobs(self, _query: object) -> tuple[()]:
        """Return none."""
        return ()


def _landing(reread: Callable[[], Configured] | None) -> tuple[Performer, LandWanted]:
    """Return a performer before the landing of the gate's settings."""
    place, forge = MemoryPlace(), MemoryForge()
    place.root(OWN)
    old = place.repository.branches[OWN]
    new = place.propose(OWN, {"foretaste.toml": "[policy]\nwindow = 7\n"}, None)
    move = Move(ref=OWN, old=old, new=new, tree=tree_id(place.repository.files(new)))
    key, base = ProspectKey("settings"), ProspectKey("root")
    prospect = Prospect(
        key=key,
        base=base,
        queue=QUEUE,
        members=(),
        chain=(),
        status=ProspectState.PREPARED,
        moves=(move,),
    )
    facts = Facts()
    facts = Facts(
        queues=facts.queues.set(QUEUE, Queue(name=QUEUE, window=1, base=base)),
        prospects=facts.prospects.set(key, prospect),
    )
    hands = Hands(
        repository=place.repository,
        jobs=NoJobs(),
        executor=MemoryExecutor(),
        notifier=forge,
        settler=Settler(repository=place.repository, forge=forge),
        listener=lambda _: None,
        reread=reread,
    )
    deed = LandWanted(key=key, queue=QUEUE, members=(), moves=(move,), attempt=1)
    return Performer(hands=hands, facts=facts), deed


def _kinds(events: tuple[Event, ...]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_settings_that_land_are_told_in_the_same_breath() -> None:
    performer, deed = _landing(lambda: NEWS)

    events = performer.perform(deed)

    assert _kinds(events) == ["Landed", "Configured"]
    assert events[1] == NEWS


def test_settings_that_cannot_be_used_hold_the_gate() -> None:
    def reread() -> Configured:
        raise UserError("FT205", "window: not a number")

    performer, deed = _landing(reread)

    landed, held = performer.perform(deed)

    assert isinstance(landed, Landed)
    assert isinstance(held, Held)
    assert "window: not a number" in held.why


def test_settings_that_cannot_be_read_now_leave_the_landing_due_and_it_is_found_done() -> None:
    errors: list[PortError] = [TransientError("FT801", "busy")]

    def reread() -> Configured:
        if errors:
            raise errors.pop()
        return NEWS

    performer, deed = _landing(reread)
    with pytest.raises(TransientError):
        performer.perform(deed)

    again = Performer(hands=performer.hands, facts=performer.facts)

    assert _kinds(again.perform(deed)) == ["Landed", "Configured"]


def test_a_gate_whose_settings_never_land_reads_none() -> None:
    performer, deed = _landing(None)

    assert _kinds(performer.perform(deed)) == ["Landed"]
