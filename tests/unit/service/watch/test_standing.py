"""What is to be done about one branch follows from what is known now, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.core.names import ChangeId
from foretaste.service.watch.asking import CheckedBump
from foretaste.service.watch.standing import AGAIN, Ask, Offer, Rest, TakeBack, step_of
from foretaste.taste.moves import Move
from tests.fakes.watched import DAY, MemoryIndex
from tests.unit.service.watch.boards import NOW, OTHER, TIP, answered, board_of, proposed


@pytest.fixture(name="index")
def index_fixture() -> MemoryIndex:
    """Return an index with what the branch pins."""
    index = MemoryIndex()
    index.add("tiny", "1.0", NOW - 99 * DAY)
    index.add("other", "1.0", NOW - 99 * DAY)
    return index


YES = CheckedBump(verdict="accept", accepted={"tiny": "1.1"})


def test_nothing_newer_is_nothing_to_do(index: MemoryIndex) -> None:
    assert step_of(board_of(index)) == Rest(why="nothing newer is there")


def test_what_is_old_enough_is_asked_about_as_of_the_age_that_is_asked(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = board_of(index)

    step = step_of(board)

    assert isinstance(step, Ask)
    assert step.question.as_of.timestamp() == NOW - 3 * DAY
    assert step.question.base == {"tiny": "1.0", "other": "1.0"}
    assert (step.question.commit, step.question.excluded) == (TIP, {})


def test_what_is_too_young_is_asked_about_too_once_the_rest_is_known(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    index.add("other", "2.0", NOW - DAY)
    board = board_of(index)
    first = step_of(board)
    assert isinstance(first, Ask)
    assert first.question.excluded == {"other": "!=2.0"}

    board = proposed(answered(board, YES))
    then = step_of(board)

    assert isinstance(then, Ask)
    assert {each.name for each in then.candidates} == {"tiny", "other"}
    assert then.question.as_of.timestamp() == NOW
    board = answered(board, CheckedBump(verdict="reject", held={"other": "no"}), due=False)
    assert step_of(board) == Rest()


def test_only_young_ones_are_asked_about_and_wait(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - DAY)
    board = board_of(index)
    assert isinstance(step_of(board), Ask)

    board = answered(board, YES, due=False)
    assert step_of(board) == Rest()

    # Three days later the answer is there already.
    later = replace(board, now=NOW + 2.5 * DAY)
    assert isinstance(step_of(later), Offer)


def test_an_upload_time_to_come_does_not_hide_a_release(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW + DAY)

    step = step_of(board_of(index))

    assert isinstance(step, Ask)
    assert step.question.as_of.timestamp() == NOW + DAY


def test_what_was_let_go_on_is_offered_once(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = answered(board_of(index), YES)

    offer = step_of(board)

    assert isinstance(offer, Offer)
    assert offer.moves == (Move(key="tiny", old="1.0", new="1.1"),)
    assert step_of(proposed(board)) == Rest()
    closed = proposed(board, is_open=False)
    assert step_of(closed) == Rest(why="change 7 was closed: nothing newer is there")
    # A proposal that was kept and never came to the gate is made again.
    kept = proposed(board).record
    assert kept.proposed is not None
    unnamed = replace(kept, proposed=replace(kept.proposed, change=ChangeId("")))
    assert isinstance(step_of(replace(board, record=unnamed)), Offer)


def test_what_landed_and_is_not_on_the_tip_yet_is_not_told_to_be_closed(
    index: MemoryIndex,
) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = proposed(answered(board_of(index), YES), is_open=False)
    assert board.standing is not None

    landed = replace(board, standing=replace(board.standing, landed=True))

    assert step_of(landed) == Rest()


def test_an_open_bump_is_taken_back_when_a_release_of_it_is_withdrawn(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = proposed(answered(board_of(index), YES))
    index.yank("tiny", "1.1", "malware")

    step = step_of(replace(board, pages={"tiny": index.page("tiny")}))

    assert step == TakeBack(change=ChangeId("7"), why="tiny 1.1 was yanked: malware")


def test_an_open_bump_is_taken_back_when_nothing_is_left_or_may_go_on(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = proposed(answered(board_of(index), YES))
    no = CheckedBump(verdict="undecided", why="its base is broken")

    none_due = replace(board, offered=())
    assert step_of(none_due) == TakeBack(change=ChangeId("7"), why="nothing is left that may move")
    assert step_of(answered(board, no)) == TakeBack(change=ChangeId("7"), why="its base is broken")
    held = CheckedBump(verdict="reject", held={"tiny": "it fails"})
    step = step_of(answered(replace(board, standing=None), held))
    assert step == Rest(why="nothing of what is newer may go on")


def test_nothing_is_concluded_of_what_cannot_be_seen(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = replace(proposed(answered(board_of(index), YES)), offered=())

    step = step_of(replace(board, unknown=frozenset({"tiny"})))

    assert step == Rest(why="the index has not told of tiny yet")


def test_a_bump_that_somebody_pushed_to_is_left_to_people(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    board = proposed(answered(board_of(index), YES), commit=TIP)

    step = step_of(replace(board, offered=()))

    assert step == Rest(why="somebody has pushed to change 7: it is left to people")


@pytest.mark.parametrize(
    ("accepted", "why"),
    [
        ({"tiny": "1.1", "fresh": "0.1"}, "fresh 0.1 may land from"),
        ({"tiny": "1.1", "nowhere": "1"}, "the index has not told of nowhere yet"),
        ({"tiny": "1.1", "other": "3"}, "other 3 is not on the index any more"),
        ({"tiny": "1.1", "other": "0.9"}, "other would move back from 1.0 to 0.9"),
    ],
)
def test_whatever_a_check_says_what_it_brings_in_is_looked_at(
    index: MemoryIndex, accepted: dict[str, str], why: str
) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    index.add("fresh", "0.1", NOW - DAY)
    index.add("other", "0.9", NOW - 9 * DAY)
    board = answered(board_of(index), CheckedBump(verdict="accept", accepted=accepted))

    step = step_of(board)

    assert isinstance(step, Rest)
    assert step.why.startswith(why)


def test_what_only_appears_is_no_reason_to_move(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    bump = CheckedBump(verdict="accept", accepted={"fresh": "0.1"})

    assert step_of(answered(board_of(index), bump)) == Rest(
        why="nothing of what is newer may go on"
    )


def test_what_nothing_needs_any_more_goes_with_the_rest(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    bump = CheckedBump(verdict="accept", accepted={"tiny": "1.1"}, removed=("other", "absent"))

    offer = step_of(answered(board_of(index), bump))

    assert isinstance(offer, Offer)
    assert offer.moves[0] == Move(key="other", old="1.0", new=None)
    assert len(offer.moves) == 2


def test_what_was_held_is_asked_about_again_a_day_later_where_the_branch_moved(
    index: MemoryIndex,
) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    held = CheckedBump(verdict="reject", held={"tiny": "it fails"})
    old = answered(board_of(index), held, at=NOW - AGAIN)

    assert isinstance(step_of(old), Rest)
    assert isinstance(step_of(replace(old, tip=OTHER)), Ask)
    lately = answered(board_of(index), held, at=NOW - AGAIN / 2)
    assert isinstance(step_of(replace(lately, tip=OTHER)), Rest)


def test_what_could_not_be_decided_is_asked_again_a_day_later(index: MemoryIndex) -> None:
    index.add("tiny", "1.1", NOW - 4 * DAY)
    undecided = CheckedBump(verdict="undecided", why="no")

    assert isinstance(step_of(answered(board_of(index), undecided, at=NOW - AGAIN)), Ask)


def test_versions_that_are_none_do_not_move_back(index: MemoryIndex) -> None:
    index.add("other", "odd", NOW - 9 * DAY)
    index.add("tiny", "1.1", NOW - 4 * DAY)
    bump = CheckedBump(verdict="accept", accepted={"other": "odd", "tiny": "1.1"})

    assert isinstance(step_of(answered(board_of(index), bump)), Offer)
