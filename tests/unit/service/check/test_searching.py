"""A search runs trials until it has an answer; what is lost is tried again, what breaks is blamed."""

from __future__ import annotations

import pytest

from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import CaseResult, Ending, Finished, JobSpec
from foretaste.taste.finding import Baseline, Verdict
from foretaste.taste.outcome import Ending as Outcome
from tests.unit.service.check.acting import (
    SAID,
    Answer,
    executor_of,
    exited,
    has,
    refused,
    searching,
    states,
)

BASE = {"a": "1", "b": "1", "c": "1"}
NEW = {"a": "2", "b": "2", "c": "2"}


def breaking(*lines: str) -> Answer:
    """Answer with a failure where all of these releases are there."""
    return lambda spec: exited(spec, int(has(spec, *lines)))


def test_what_passes_is_accepted_in_two_trials() -> None:
    search = searching(exited, states(BASE, NEW))

    found = search.find()

    assert (found.verdict, found.baseline, found.trials) == (Verdict.ACCEPT, Baseline.PASSED, 2)
    assert found.accepted == {"a", "b", "c"}
    assert [each.trial.moved for each in search.tried] == [frozenset(), {"a", "b", "c"}]
    assert [dict(each.phases) for each in search.tried] == [{"test": 1.0, "environment": 0.5}] * 2
    assert SAID[0] == "trial 1: the base"


def test_what_breaks_alone_is_blamed_and_the_rest_goes_on() -> None:
    found = searching(breaking("b==2"), states(BASE, NEW)).find()

    assert found.verdict is Verdict.REJECT
    assert found.accepted == {"a", "c"}
    assert [each.keys for each in found.culprits] == [{"b"}]


def test_two_that_break_together_are_blamed_together() -> None:
    found = searching(breaking("a==2", "c==2"), states(BASE, NEW)).find()

    assert [each.keys for each in found.culprits] == [{"a", "c"}]


def test_what_builds_the_project_can_be_to_blame() -> None:
    space = states({**BASE, "build:kiln": "1"}, {**NEW, "build:kiln": "2"})

    def answer(spec: JobSpec) -> Finished:
        broken = spec.environment.build_pins == ("kiln==2",)
        return refused(spec, "FT626: app does not build") if broken else exited(spec)

    found = searching(answer, space).find()

    assert [each.keys for each in found.culprits] == [{"build:kiln"}]
    assert "does not build" in found.culprits[0].failures[0].message
    assert found.accepted == {"a", "b", "c"}


@pytest.mark.parametrize("why", ["FT626: x", "FT627: x", "FT629: x"])
def test_a_state_that_cannot_be_put_together_is_a_bad_state(why: str) -> None:
    def answer(spec: JobSpec) -> Finished:
        return refused(spec, why) if has(spec, "a==2") else exited(spec)

    found = searching(answer, states(BASE, NEW)).find()

    assert [each.keys for each in found.culprits] == [{"a"}]


def test_what_runs_into_a_limit_is_a_bad_state() -> None:
    def answer(spec: JobSpec) -> Finished:
        if not has(spec, "a==2"):
            return exited(spec)
        return Finished(attempt=spec.attempt, ending=Ending.LIMIT, why="it took too much memory")

    found = searching(answer, states(BASE, NEW)).find()

    assert [each.keys for each in found.culprits] == [{"a"}]
    assert "too much memory" in found.culprits[0].failures[0].message


def test_what_takes_its_time_out_hangs() -> None:
    def answer(spec: JobSpec) -> Finished:
        if not has(spec, "a==2"):
            return exited(spec)
        return Finished(
            attempt=spec.attempt, ending=Ending.TIMED_OUT, phases={"test": spec.timeout}
        )

    search = searching(answer, states({"a": "1"}, {"a": "2"}))
    found = search.find()

    assert Outcome.HUNG in {each.outcome.ending for each in search.tried}
    assert [each.keys for each in found.culprits] == [{"a"}]
    assert found.culprits[0].failures[0].hung


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("FT640", "FT640: there is no sandbox here"),
        ("FT901", "it cannot be started: no memory"),
        ("FT901", "no reason"),
    ],
)
def test_where_trials_cannot_be_run_at_all_the_search_ends(code: str, why: str) -> None:
    search = searching(lambda spec: refused(spec, why), states(BASE, NEW))

    with pytest.raises(PermanentError) as ended:
        search.find()

    assert ended.value.code == code
    assert ended.value.what
    # What ran beside it is stopped.
    assert executor_of(search).stopped


def test_a_trial_that_is_lost_is_tried_again() -> None:
    lost: list[str] = []

    def answer(spec: JobSpec) -> Finished:
        if has(spec, "a==2") and not lost:
            lost.append(spec.attempt)
            return Finished(attempt=spec.attempt, ending=Ending.LOST, why="the worker is gone")
        return exited(spec)

    search = searching(answer, states(BASE, NEW))
    found = search.find()

    assert (found.verdict, found.trials) == (Verdict.ACCEPT, 3)
    assert [each.outcome.ending for each in search.tried].count(Outcome.LOST) == 1
    assert any("lost, which says nothing: the worker is gone" in line for line in SAID)


def test_where_all_is_lost_nothing_is_decided() -> None:
    def answer(spec: JobSpec) -> Finished:
        return Finished(attempt=spec.attempt, ending=Ending.LOST)

    found = searching(answer, states(BASE, NEW)).find()

    assert found.verdict is Verdict.UNDECIDED
    assert found.reason


def test_no_more_is_run_than_the_budget_allows() -> None:
    search = searching(breaking("b==2"), states(BASE, NEW), budget=3)

    found = search.find()

    assert found.verdict is Verdict.UNDECIDED
    assert "3" in found.reason
    assert len(executor_of(search).specs) == 3


def test_no_more_runs_at_once_than_there_are_slots() -> None:
    search = searching(exited, states(BASE, NEW), slots=1)

    assert search.find().verdict is Verdict.ACCEPT
    assert [each.attempt for each in executor_of(search).specs] == ["check-1-1", "check-1-2"]


def test_a_base_that_fails_is_told_as_one_and_what_runs_is_stopped() -> None:
    def answer(spec: JobSpec) -> Finished | None:
        return None if has(spec, "a==2") else exited(spec, 1)

    search = searching(answer, states(BASE, NEW))
    found = search.find()

    assert (found.verdict, found.baseline) == (Verdict.UNDECIDED, Baseline.FAILED)
    assert not executor_of(search).running()
    assert executor_of(search).stopped


def test_trials_are_given_time_by_what_the_base_took() -> None:
    def answer(spec: JobSpec) -> Finished:
        slow = 20.0 if not has(spec, "a==2") else 1.0
        return exited(spec, int(has(spec, "b==2")), phases={"test": slow})

    search = searching(answer, states(BASE, NEW), slots=1)
    search.find()

    specs = executor_of(search).specs
    assert (specs[0].timeout, specs[1].timeout) == (900.0, 200.0)
    assert all(each.watch is not None for each in specs)
    assert [each.watch.stacks_after for each in specs if each.watch][:2] == [3.0, 60.0]


def test_a_quick_base_leaves_trials_a_minute() -> None:
    search = searching(exited, states(BASE, NEW), slots=1)
    search.find()

    assert executor_of(search).specs[1].timeout == 60.0


@pytest.mark.parametrize("oracles", [frozenset[str](), frozenset({"imports"})])
def test_imports_are_looked_at_where_that_is_asked(oracles: frozenset[str]) -> None:
    search = searching(exited, states(BASE, NEW), oracles=oracles)
    search.find()

    watches = [each.watch for each in executor_of(search).specs]
    assert [each.imports for each in watches if each] == [bool(oracles)] * 2


def test_tests_are_compared_one_by_one_with_their_traces() -> None:
    message = "Traceback (most recent call last):\n  File x\nValueError: no"

    def answer(spec: JobSpec) -> Finished:
        bad = has(spec, "a==2")
        cases = (
            CaseResult(name="t::red", outcome="failed", message="always"),
            CaseResult(
                name="t::new",
                outcome="failed" if bad else "passed",
                type="ValueError" if bad else "",
                message=message if bad else "",
            ),
        )
        return exited(spec, 1, cases=cases)

    found = searching(answer, states(BASE, NEW)).find()

    assert found.red == ("t::red",)
    (culprit,) = found.culprits
    assert culprit.keys == {"a"}
    assert [each.test for each in culprit.failures] == ["t::new"]
    assert "ValueError: no" in culprit.failures[0].trace


def test_only_the_end_of_a_log_is_read() -> None:
    trace = b"Traceback (most recent call last):\n  File 'x.py', line 1\nKeyError: 'gone'\n"
    log = b"." * (2 * 2**20) + trace
    space = states({"a": "1"}, {"a": "2"})

    found = searching(breaking("a==2"), space, log=log).find()

    assert found.culprits[0].failures[0].signature.type == "KeyError"


def test_what_moves_together_is_narrowed_to_who_asked() -> None:
    space = states(BASE, NEW, {("a", "1"): "b<2", ("a", "2"): "b>=2"})

    found = searching(breaking("b==2"), space).find()

    (culprit,) = found.culprits
    assert (culprit.keys, culprit.needed) == (frozenset({"a"}), frozenset({"b"}))
    assert found.held == {"a": "culprit", "b": "moves only with a"}


def test_a_state_of_ones_own_is_run_and_told() -> None:
    space = states(BASE, NEW)
    search = searching(breaking("a==2"), space)

    good = search.once("one", space.pins(frozenset({"b"})))
    bad = search.once("two", space.pins(frozenset({"a"})))

    assert (good.ending, bad.ending) == (Outcome.PASSED, Outcome.FAILED)
    assert [each.attempt for each in executor_of(search).specs] == ["check-1-one", "check-1-two"]
    assert search.tried == []
