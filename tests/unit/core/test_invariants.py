"""What lands is proved by other means than those by which it was planned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from immutables import Map

from foretaste.core.build import BuildState
from foretaste.core.events import LandWanted
from foretaste.core.facts import Facts
from foretaste.core.invariants import broken
from foretaste.core.names import ChangeId, Member, Oid, ProspectKey
from foretaste.core.prospect import Prospect, ProspectState
from tests.unit.core.town import Town

A, B = ChangeId("A"), ChangeId("B")
STACK = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "depends_on": ["A"]}]


@dataclass
class Case:
    """Two changes that passed and wait in a gate that is held, and what would land."""

    def __post_init__(self) -> None:
        town = Town(change=STACK)("approve A B", "hold", "finish *")
        self.facts: Facts = replace(town.facts, held="")
        (self.queue,) = self.facts.queues.values()
        self.first = next(p for p in self.facts.prospects.values() if p.members[0].change == A)
        self.second = next(p for p in self.facts.prospects.values() if p.members[0].change == B)

    def deed(self, prospect: Prospect) -> LandWanted:
        return LandWanted(
            key=prospect.key,
            queue=prospect.queue,
            members=prospect.members,
            moves=prospect.moves,
            attempt=1,
        )

    def why(self, prospect: Prospect | None = None) -> str:
        return broken(self.facts, self.deed(prospect or self.first))

    def prospect(self, **news: Any) -> Prospect:
        """Alter the first prospect."""
        altered = replace(self.first, **news)
        self.facts = replace(
            self.facts, prospects=self.facts.prospects.set(self.first.key, altered)
        )
        return altered

    def change(self, name: ChangeId, **news: Any) -> None:
        altered = replace(self.facts.changes[name], **news)
        self.facts = replace(self.facts, changes=self.facts.changes.set(name, altered))

    def requeue(self, **news: Any) -> None:
        queue = replace(self.queue, **news)
        self.facts = replace(self.facts, queues=self.facts.queues.set(queue.name, queue))

    def build(self, state: BuildState) -> None:
        """Let the newest build of the first item have ended so."""
        builds = {
            name: replace(build, state=state) if build.prospect == self.first.key else build
            for name, build in self.facts.builds.items()
        }
        self.facts = replace(self.facts, builds=Map(builds))


@pytest.fixture(name="case")
def case_fixture() -> Case:
    return Case()


def test_what_passed_and_stands_first_may_land(case: Case) -> None:
    assert case.why() == ""


def test_what_passed_behind_what_is_being_landed_may_land_with_it(case: Case) -> None:
    assert "change B is not the first of its queue" in case.why(case.second)

    case.requeue(landing=(case.first.key,))

    assert case.why(case.second) == ""


def test_what_was_never_prepared_may_not(case: Case) -> None:
    deed = case.deed(case.first)
    case.prospect(status=ProspectState.WANTED)
    assert broken(case.facts, deed) == f"prospect {case.first.key} was never prepared"

    nobody = replace(deed, key=ProspectKey("nobody"))
    assert broken(case.facts, nobody) == "prospect nobody was never prepared"


def test_other_commits_or_members_than_those_that_were_tested_may_not(case: Case) -> None:
    deed = case.deed(case.first)
    (move,) = deed.moves
    other = replace(deed, moves=(replace(move, new=Oid("other")),))
    more = replace(deed, members=(*deed.members, Member(B, 1)))

    for each in (other, more):
        assert broken(case.facts, each) == f"what is to land is not prospect {case.first.key}"


@pytest.mark.parametrize("state", set(BuildState) - {BuildState.PASSED})
def test_a_job_that_did_not_pass_may_not(case: Case, state: BuildState) -> None:
    case.build(state)

    assert case.why() == "job M of change A has not passed"


def test_a_job_that_was_never_run_may_not(case: Case) -> None:
    case.facts = replace(case.facts, runs=Map())

    assert case.why() == "job M of change A has not passed"


def test_jobs_that_were_never_read_may_not(case: Case) -> None:
    case.prospect(plans=())

    assert case.why() == "the jobs of change A were never read"


def test_a_job_without_a_vote_stands_in_nobodys_way(case: Case) -> None:
    (plan,) = case.first.plans
    case.prospect(plans=(replace(plan, jobs=(replace(plan.jobs[0], voting=False),)),))
    case.build(BuildState.FAILED)

    assert case.why() == ""


def reusable(case: Case, *, reuse: bool) -> None:
    """Let the first item's job have passed elsewhere, on identical inputs."""
    (plan,) = case.first.plans
    case.prospect(plans=(replace(plan, jobs=(replace(plan.jobs[0], inputs="i"),)),))
    build = next(iter(case.facts.builds))
    case.facts = replace(
        case.facts,
        results=Map({"i": build}),
        policy=replace(case.facts.policy, reuse=reuse),
    )


def test_a_verdict_on_identical_inputs_counts_where_it_may_be_used_again(case: Case) -> None:
    case.facts = replace(case.facts, runs=Map())
    reusable(case, reuse=True)
    assert case.why() == ""

    reusable(case, reuse=False)

    assert case.why() == "job M of change A has not passed"


def test_a_failure_here_counts_more_than_a_pass_elsewhere(case: Case) -> None:
    reusable(case, reuse=True)
    case.build(BuildState.FAILED)

    assert case.why() == "job M of change A has not passed"


def test_what_was_tested_before_somebody_pushed_may_not(case: Case) -> None:
    case.requeue(base=ProspectKey("tips:R:9"))

    assert case.why() == "it was tested on other commits than those of its branches"


@pytest.mark.parametrize("news", [{"approved_by": ()}, {"open": False}, {"revision": 2}], ids=str)
def test_what_is_not_approved_as_it_is_may_not(case: Case, news: dict[str, Any]) -> None:
    case.change(A, **news)

    assert case.why() == "change A is not approved at revision 1"


def test_what_needs_a_change_that_has_not_landed_may_not(case: Case) -> None:
    case.change(A, depends_on=(B,))
    assert case.why() == "change A needs B, which has not landed"

    note = replace(case.facts.note(B), landed=Oid("b"))
    case.facts = replace(case.facts, notes=case.facts.notes.set(B, note))

    assert case.why() == ""


def test_what_was_tested_with_a_change_that_did_not_land_may_not(case: Case) -> None:
    case.prospect(chain=(Member(B, 1), *case.first.chain))

    assert case.why() == "it was tested with change B, which has not landed"


def test_an_empty_queue_lands_nothing(case: Case) -> None:
    case.requeue(entries=())

    assert case.why() == "change A is not the first of its queue"
