"""An item lands by one path, whatever happened before: error, lost answer, restart, other hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from foretaste.core.change import Change
from foretaste.core.events import Event, Frozen, Landed, LandingRefused, LandWanted, TipsSeen
from foretaste.core.names import ChangeId, Member, Oid, ProjectName, ProspectKey, QueueName, Ref
from foretaste.core.prospect import Move
from foretaste.ports.errors import TransientError
from foretaste.service.settle import MOVED, NOT_DUE, Settler
from foretaste.simulation.repository import tree_id
from tests.fakes.faulty import Faults, FaultyForge, FaultyRepository, lasting, passing

R1, R2 = (Ref(ProjectName(name), "main") for name in ("R1", "R2"))
A = ChangeId("A")
KEY = ProspectKey("key")


@dataclass
class Desk:
    """One approved item that moves a branch of R1 and one of R2, tested and ready to land."""

    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.repository = FaultyRepository(faults=self.faults)
        self.forge = FaultyForge(faults=self.faults)
        change = Change(
            id=A, project=R1.project, branch="main", commit=Oid("c"), approved_by=("reviewer",)
        )
        self.forge.changes[A] = change
        self.settler = Settler(repository=self.repository, forge=self.forge)
        moves = []
        for ref in (R1, R2):
            files = {"README": ref.project}
            old = self.repository.commit(files)
            self.repository.branches[ref] = old
            new = self.repository.commit({**files, "a.txt": "A"}, old)
            moves.append(Move(ref=ref, old=old, new=new, tree=tree_id({**files, "a.txt": "A"})))
        self.one, self.two = moves
        self.deed = LandWanted(
            key=KEY,
            queue=QueueName("q"),
            members=(Member(A, 1),),
            moves=(self.one, self.two),
            attempt=1,
        )

    def settle(self, *, due: bool = True) -> tuple[Event, ...]:
        return self.settler.settle(self.deed, due=due)

    def at(self, ref: Ref) -> Oid:
        return self.repository.branches[ref]

    def pushed(self, ref: Ref) -> Oid:
        """Let somebody else put a commit on a branch."""
        tip = self.repository.branches[ref]
        self.repository.branches[ref] = self.repository.commit({"other": "x"}, tip)
        return self.repository.branches[ref]


@pytest.fixture(name="desk")
def desk_fixture() -> Desk:
    return Desk()


def landed(desk: Desk) -> Landed:
    return Landed(key=KEY, moves=desk.deed.moves)


def refused(why: str, *, counts: bool = True) -> LandingRefused:
    return LandingRefused(key=KEY, detail=why, counts=counts)


def frozen(why: str) -> Frozen:
    return Frozen(queue=QueueName("q"), why=why)


def test_what_is_where_it_was_is_moved_to_exactly_what_was_tested(desk: Desk) -> None:
    assert desk.settle() == (landed(desk),)
    assert (desk.at(R1), desk.at(R2)) == (desk.one.new, desk.two.new)


def test_asked_twice_it_lands_once(desk: Desk) -> None:
    desk.settle()
    desk.forge.refusing.add(A)  # nobody asks any more: what has landed has landed

    assert desk.settle() == (landed(desk),)


def test_what_landed_and_was_built_upon_since_has_landed(desk: Desk) -> None:
    desk.settle()
    onward = desk.pushed(R1)

    assert desk.settle() == (landed(desk),)
    assert desk.at(R1) == onward


def test_a_host_that_says_no_moves_nothing(desk: Desk) -> None:
    desk.forge.refusing.add(A)

    assert desk.settle() == (refused("the host refuses"),)
    assert (desk.at(R1), desk.at(R2)) == (desk.one.old, desk.two.old)


def test_a_host_that_cannot_answer_moves_nothing(desk: Desk) -> None:
    desk.faults.errors["may_land"] = [lasting("the tokens cannot be read")]

    assert desk.settle() == (refused("the tokens cannot be read"),)
    assert desk.at(R1) == desk.one.old


def test_a_branch_that_somebody_else_moved_is_looked_at_and_tested_again(desk: Desk) -> None:
    tip = desk.pushed(R2)

    seen = TipsSeen(tips=((R1, desk.one.old), (R2, tip)))
    assert desk.settle() == (seen, refused(MOVED, counts=False))
    assert desk.at(R1) == desk.one.old


def test_a_branch_that_is_gone_counts_as_a_refusal_so_that_the_gate_comes_to_rest(
    desk: Desk,
) -> None:
    del desk.repository.branches[R2]

    assert desk.settle() == (refused("R2 has no branch main any more"),)


def test_a_move_between_the_look_and_the_swap_is_noticed_by_the_swap(desk: Desk) -> None:
    desk.faults.before["swap R1"] = lambda: desk.pushed(R1)

    seen, said = desk.settle()

    assert seen == TipsSeen(tips=((R1, desk.at(R1)), (R2, desk.two.old)))
    assert said == refused(MOVED, counts=False)


def test_a_refused_swap_may_be_our_own_earlier_move(desk: Desk) -> None:
    desk.repository.denies.add("R1")

    assert desk.settle() == (landed(desk),)
    assert (desk.at(R1), desk.at(R2)) == (desk.one.new, desk.two.new)


def test_a_lost_answer_is_asked_again_and_lands_once(desk: Desk) -> None:
    desk.faults.after["swap R1"] = [passing()]

    with pytest.raises(TransientError):
        desk.settle()

    assert (desk.at(R1), desk.at(R2)) == (desk.one.new, desk.two.old)
    assert desk.settle() == (landed(desk),)
    assert desk.at(R2) == desk.two.new


def test_a_repository_that_will_not_take_it_refuses(desk: Desk) -> None:
    desk.faults.errors["swap R1"] = [lasting("a hook said no")]

    assert desk.settle() == (refused("a hook said no"),)
    assert desk.at(R2) == desk.two.old


def test_a_swap_that_is_refused_for_no_reason_counts(desk: Desk) -> None:
    """The branch has not moved, so testing again would lead back here for ever."""
    desk.repository.sulks.add("R1")

    assert desk.settle() == (refused(MOVED),)


TEARS: dict[str, Callable[[Desk], object]] = {
    "moved before": lambda desk: desk.pushed(R2),
    "moved meanwhile": lambda desk: desk.faults.before.update({"swap R2": lambda: desk.pushed(R2)}),
    "refused": lambda desk: desk.faults.errors.update({"swap R2": [lasting(MOVED)]}),
}


@pytest.mark.parametrize("tear", TEARS.values(), ids=TEARS)
def test_half_an_item_freezes_its_queue_and_the_rest_is_tested_anew(
    desk: Desk, tear: Callable[[Desk], object]
) -> None:
    desk.repository.branches[R1] = desk.one.new
    tear(desk)

    *seen, stopped, said = desk.settle()

    assert seen == [TipsSeen(tips=((R1, desk.one.new), (R2, desk.at(R2))))]
    assert stopped == frozen(f"A landed in part: {MOVED}")
    assert said == refused(f"A landed in part: {MOVED}", counts=False)


def test_the_second_of_two_projects_that_will_not_move_is_a_tear(desk: Desk) -> None:
    desk.faults.errors["swap R2"] = [lasting("a hook said no")]

    events = desk.settle()

    assert desk.at(R1) == desk.one.new
    assert frozen("A landed in part: a hook said no") in events


def test_what_is_not_due_any_more_is_not_begun(desk: Desk) -> None:
    assert desk.settle(due=False) == (refused(NOT_DUE, counts=False),)
    assert (desk.at(R1), desk.at(R2)) == (desk.one.old, desk.two.old)


def test_what_has_begun_is_finished_though_it_is_not_due_any_more(desk: Desk) -> None:
    desk.repository.branches[R1] = desk.one.new

    assert desk.settle(due=False) == (landed(desk),)
    assert desk.at(R2) == desk.two.new


def test_an_item_that_moves_nothing_has_landed_already(desk: Desk) -> None:
    desk.forge.refusing.add(A)
    deed = LandWanted(key=KEY, queue=QueueName("q"), members=(), moves=(), attempt=1)

    assert desk.settler.settle(deed) == (Landed(key=KEY, moves=()),)


def test_a_tree_that_is_not_the_tested_one_freezes_the_queue(desk: Desk) -> None:
    desk.repository.garbles.add(R2)

    wrong = f"R2 main holds tree {'0' * 40}, not {desk.two.tree}"
    assert desk.settle() == (landed(desk), frozen(wrong))


def test_a_tree_that_cannot_be_read_back_freezes_the_queue(desk: Desk) -> None:
    desk.faults.errors["tree R1"] = [lasting()]

    why = "what landed cannot be read back: the repository is broken"
    assert desk.settle() == (landed(desk), frozen(why))


def test_a_repository_that_cannot_be_read_freezes_the_queue(desk: Desk) -> None:
    desk.faults.errors["tip R1"] = [lasting()]

    why = "the repository is broken"
    assert desk.settle() == (frozen(why), refused(why, counts=False))
    assert desk.at(R1) == desk.one.old
