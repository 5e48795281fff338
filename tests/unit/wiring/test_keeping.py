"""Which commits a gate keeps, on real repositories: every revision, and prospects while needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import immutables
import pytest

from foretaste.core.change import Change
from foretaste.core.events import ChangesSeen, Event, Held, Prepared, Recorded
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Member, Oid, ProjectName, ProspectKey, QueueName, Ref
from foretaste.core.prospect import Move, Prospect
from foretaste.ports.errors import PermanentError
from foretaste.ports.repository import Merge, Merged
from foretaste.wiring import keeping as module
from foretaste.wiring.keeping import Keeping
from tests.live_forge import LiveForge, live_forge

FLASK = ProjectName("flask")
MAIN = Ref(FLASK, "main")


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


def seen(event: Event) -> Recorded:
    return Recorded(seq=1, at=0.0, event=event)


def change_of(commit: Oid) -> Change:
    return Change(id=ChangeId("1"), number=1, project=FLASK, branch="main", commit=commit)


def merged(forge: LiveForge, name: str) -> tuple[Oid, Move]:
    """Propose a change and merge it, as a prospect of it does."""
    clone = forge.clone(name)
    commit = Oid(clone.commit(f"{name}.txt", name))
    clone.push(f"-otopic={name}", "HEAD:refs/for/main")
    base = forge.tip()
    assert base is not None
    result = forge.repository.merge(Merge(ref=MAIN, onto=base, commit=commit, label=name))
    assert isinstance(result, Merged)
    return commit, Move(ref=MAIN, old=base, new=result.commit, tree=result.tree)


def test_every_revision_gets_its_name_and_another_commit_never_does(forge: LiveForge) -> None:
    keeping = Keeping(repository=forge.repository, facts=Facts)
    (first, _), (second, _) = merged(forge, "a"), merged(forge, "b")
    shown = ChangesSeen(changes=(change_of(first),), about=(), why="pushed")

    for _ in range(2):
        keeping.see(seen(shown))
    keeping.see(seen(Held(why="not a matter of commits", by="x")))
    revised = replace(change_of(second), revision=2)
    keeping.see(seen(ChangesSeen(changes=(revised,), about=(), why="pushed")))

    refs = forge.refs()
    assert (refs["refs/changes/1/1"], refs["refs/changes/1/2"]) == (first, second)
    with pytest.raises(PermanentError, match="refs/changes/1/1 of flask is not the commit"):
        keeping.see(seen(ChangesSeen(changes=(change_of(second),), about=(), why="pushed")))


def needing(move: Move) -> Facts:
    """Return facts with a change that is open, and a prospect that stands on the move."""
    key = ProspectKey("k")
    member = (Member(ChangeId("1"), 1),)
    prospect = Prospect(
        key=key,
        base=ProspectKey("b"),
        queue=QueueName("q"),
        members=member,
        chain=member,
        moves=(move,),
        state=((MAIN, move.new),),
    )
    return replace(Facts(), prospects=immutables.Map({key: prospect}))


def test_a_start_names_open_changes_and_lets_stale_prospects_go(forge: LiveForge) -> None:
    commit, live = merged(forge, "a")
    _, stale = merged(forge, "b")
    facts = needing(live)
    changes = immutables.Map({ChangeId("1"): change_of(commit)})
    facts = replace(facts, changes=changes, tips=immutables.Map({MAIN: live.old}))

    Keeping(repository=forge.repository, facts=lambda: facts).begin()

    assert forge.repository.prospects("flask") == {live.new}
    assert stale.new != live.new
    assert forge.refs()["refs/changes/1/1"] == commit


def test_prospects_go_together_once_nothing_needs_them(
    forge: LiveForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    (_, live), (_, stale) = merged(forge, "a"), merged(forge, "b")
    facts = needing(live)
    keeping = Keeping(repository=forge.repository, facts=lambda: facts)

    keeping.see(seen(Prepared(key=ProspectKey("k"), moves=(live,), state=(), plans=())))
    assert forge.repository.prospects("flask") == {live.new, stale.new}
    keeping.see(seen(Prepared(key=ProspectKey("s"), moves=(stale,), state=(), plans=())))

    assert forge.repository.prospects("flask") == {live.new}
