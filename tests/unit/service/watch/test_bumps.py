"""A bump is a change like any other; its message says what moves, and why it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from foretaste.core.events import Recorded
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Oid
from foretaste.core.record import record
from foretaste.ports.errors import PermanentError, UserError
from foretaste.service.intake import take
from foretaste.service.intents import Abandon, Answer, Intent, Proposal, Propose
from foretaste.service.watch.asking import CheckedBump
from foretaste.service.watch.bumps import BY, TOPIC, Bumps, is_bump
from foretaste.service.watch.kept import Kept
from foretaste.service.watch.standing import Board, Offer, step_of
from foretaste.taste.moves import Move
from tests.fakes.watched import DAY, MemoryIndex
from tests.unit.service.watch.boards import NOW, REF, TIP, answered, board_of

BUMP = CheckedBump(
    verdict="reject",
    accepted={"tiny": "1.1"},
    held={"other": "test_other fails\nwith it"},
    caps={"other": "<2"},
    noticed=("tiny 1.1 runs code\nat start",),
)


@dataclass
class Town:
    """The intake of a real gate on facts in memory, and a writer that keeps what it was given."""

    facts: Facts = field(default_factory=Facts)
    written: list[tuple[Mapping[str, bytes], tuple[int, str]]] = field(default_factory=list)
    refusal: Answer | None = None
    approves: bool = False

    def submit(self, intent: Intent) -> Answer:
        """Take an intent as the gate does."""
        if self.refusal is not None:
            return self.refusal
        taken = take(self.facts, intent)
        for event in taken.events:
            seq = self.facts.seq + 1
            self.facts = record(self.facts, Recorded(seq=seq, at=NOW, event=event))
        return taken.answer

    def commit(
        self, project: str, onto: Oid, files: Mapping[str, bytes], dated: tuple[int, str]
    ) -> Oid:
        """Keep what is to be written; the same inputs, the same commit."""
        assert (project, onto) == (REF.project, TIP)
        if (files, dated) not in self.written:
            self.written.append((files, dated))
        return Oid(f"{self.written.index((files, dated)) + 1:040x}")

    def bumps(self) -> Bumps:
        """Return what proposes."""
        return Bumps(
            facts=lambda: self.facts,
            submit=self.submit,
            writer=self,
            relock=relock,
            approves=lambda: self.approves,
        )


def relock(files: Mapping[str, bytes], moves: Sequence[Move]) -> bytes:
    """Refuse: there is no uv.lock here."""
    raise UserError("FT945", f"{len(files)} {len(moves)}")


@pytest.fixture(name="town")
def town_fixture() -> Town:
    """Return a town."""
    return Town()


@pytest.fixture(name="kept")
def kept_fixture(tmp_path: Path) -> Kept:
    """Return where records are kept."""
    return Kept(tmp_path, print)


@pytest.fixture(name="board")
def board_fixture() -> Board:
    """Return a board of which a check has said something."""
    index = MemoryIndex()
    index.add("tiny", "1.0")
    index.add("tiny", "1.1", NOW - 4 * DAY)
    index.add("other", "1.0")
    index.add("other", "2.0", NOW - 4 * DAY)
    return answered(board_of(index), BUMP)


def offer_of(board: Board) -> Offer:
    """Return what is to be offered."""
    offer = step_of(board)
    assert isinstance(offer, Offer)
    return offer


def test_a_bump_is_proposed_with_its_reasons(town: Town, board: Board, kept: Kept) -> None:
    town.bumps().propose(board, offer_of(board), kept)

    ((files, (date, text)),) = town.written
    assert files == {"requirements.txt": b"tiny==1.1\nother==1.0\n"}
    assert date == int(NOW)
    assert text == (
        "Move tiny from 1.0 to 1.1\n\n"
        "The tests of alpha passed with these releases together, at\n"
        f"{TIP} on 2027-01-15 08:00 UTC.\n\n"
        "- tiny 1.0 -> 1.1, on the index since 2027-01-11\n\n"
        "Held back, and not moved here:\n\n"
        "- other<2: test_other fails with it\n\n"
        "Noticed, and believed neither way:\n\n"
        "- tiny 1.1 runs code at start\n"
    )
    (change,) = town.facts.changes.values()
    assert is_bump(change)
    assert (change.owner, change.topic, change.ref) == (BY, TOPIC, REF)
    assert (change.subject, change.approved_by) == ("Move tiny from 1.0 to 1.1", ())
    proposed = kept.record(REF).proposed
    assert proposed is not None
    assert proposed.change == change.id
    standing = town.bumps().standings()[REF]
    assert (standing.change, standing.open, standing.landed) == (change.id, True, False)


def test_proposing_twice_is_proposing_once(town: Town, board: Board, kept: Kept) -> None:
    town.approves = True
    for _ in range(2):
        town.bumps().propose(board, offer_of(board), kept)

    (change,) = town.facts.changes.values()
    assert (change.revision, change.approved_by) == (1, (BY,))


def test_what_is_to_be_proposed_is_kept_before_the_gate_is_asked(
    town: Town, board: Board, kept: Kept
) -> None:
    town.refusal = Answer(code="FT503", what="the gate has stopped")

    with pytest.raises(PermanentError, match="FT503"):
        town.bumps().propose(board, offer_of(board), kept)

    proposed = kept.record(REF).proposed
    assert proposed is not None
    assert (proposed.change, len(kept.record(REF).ours)) == ("", 1)
    again = board.record.with_proposal(proposed)
    assert isinstance(step_of(replace(board, record=again)), Offer)


def test_another_proposal_is_a_revision_of_the_same_change(
    town: Town, board: Board, kept: Kept
) -> None:
    town.bumps().propose(board, offer_of(board), kept)
    both = answered(board, replace(BUMP, accepted={"tiny": "1.1", "other": "2.0"}, held={}))

    town.bumps().propose(both, offer_of(both), kept)

    (change,) = town.facts.changes.values()
    assert change.revision == 2
    assert change.subject == "Move 2 dependencies: other 2.0, tiny 1.1"


def test_nobody_elses_change_becomes_a_bump(town: Town, board: Board, kept: Kept) -> None:
    proposal = Proposal(commit=Oid("c" * 40), parent=TIP, subject="Mine")
    propose = Propose(
        project=REF.project, branch="main", topic=TOPIC, proposals=(proposal,), by="pat"
    )
    town.submit(propose)

    with pytest.raises(UserError, match="FT944"):
        town.bumps().propose(board, offer_of(board), kept)

    (change,) = town.facts.changes.values()
    assert (change.revision, is_bump(change)) == (1, False)
    town.submit(Abandon(change=change.id, by="pat"))
    town.bumps().propose(board, offer_of(board), kept)
    assert len(town.facts.changes) == 2


def test_only_what_was_tested_is_proposed(town: Town, board: Board, kept: Kept) -> None:
    offer = offer_of(board)
    pinned_otherwise = replace(offer, moves=(Move(key="tiny", old="1.0", new="0.9"),))

    with pytest.raises(UserError, match="FT945") as caught:
        town.bumps().propose(board, pinned_otherwise, kept)

    assert "tiny" in caught.value.what
    assert town.written == []


def test_a_bump_is_taken_back_with_the_reason(town: Town, board: Board, kept: Kept) -> None:
    town.bumps().propose(board, offer_of(board), kept)

    town.bumps().take_back(ChangeId("1"), "tiny 1.1 was yanked:\nmalware")

    assert not town.bumps().standings()[REF].open
    with pytest.raises(PermanentError, match="FT410"):
        town.bumps().take_back(ChangeId("9"), "why")
    town.refusal = Answer(code="FT411", what="it has landed")
    town.bumps().take_back(ChangeId("1"), "why")


def test_many_moves_have_a_subject_that_can_be_read(town: Town, kept: Kept) -> None:
    index = MemoryIndex()
    names = [f"package-number-{number}" for number in range(9)]
    for name in ("tiny", "other"):
        index.add(name, "1.0")
        index.add(name, "1.1", NOW - 4 * DAY)
    for name in names:
        index.add(name, "1.0", NOW - 4 * DAY)
    accepted = {"tiny": "1.1", "other": "1.1"} | dict.fromkeys(names, "1.0")
    board = answered(board_of(index), CheckedBump(verdict="accept", accepted=accepted))
    whole = {"requirements.txt": b"other==1.0\n    # via tiny\ntiny==1.0\n"}
    board = replace(board, locks=replace(board.locks, files=whole))
    town.bumps().propose(board, offer_of(board), kept)

    ((_, (_, text)),) = town.written

    subject = text.partition("\n")[0]
    assert subject == "Move 2 dependencies: other 1.1, tiny 1.1"
    assert "- package-number-3 (new) -> 1.0, on the index since" in text
