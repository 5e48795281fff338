"""What a search makes of its base, of lost and useless trials, of tests that are gone, of a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from foretaste.taste.finding import Baseline, Verdict
from foretaste.taste.isolate import Effort, ask, finding, tell, unwanted
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature
from tests.property.answers import LOST, answered, begun, failed, passed
from tests.property.consumers import (
    SIX,
    Consumer,
    Driver,
    Rule,
    blamed,
    driven,
    lattice_from,
    pointing,
    rule,
)


def test_a_base_that_never_passes_ends_it() -> None:
    search = answered(begun(lattice_from(SIX)), [failed("no"), failed("no")])
    assert finding(search) is None
    search = answered(search, [failed("no"), failed("no")])

    found = finding(search)

    assert found is not None
    assert (found.verdict, found.baseline) == (Verdict.UNDECIDED, Baseline.FAILED)
    assert found.reason == "the base failed in 4 of 4 runs."
    assert {*found.held} == {*SIX}


def test_a_base_that_lacks_something_is_broken_after_two_runs() -> None:
    missing = Outcome(
        ending=Ending.FAILED,
        failures=(
            Failure(test=COMMAND, signature=Signature(type="ImportError", message="no module")),
        ),
    )

    search = answered(begun(lattice_from(SIX)), [missing, missing])

    found = finding(search)
    assert found is not None
    assert found.baseline is Baseline.FAILED


def test_a_base_that_fails_once_is_flaky_and_its_flake_is_nobodys_fault() -> None:
    search = begun(lattice_from(SIX))
    search = answered(search, [failed("race"), failed("race"), passed(), passed()], slots=2)

    found = finding(search)

    assert found is not None
    assert (found.verdict, found.baseline) == (Verdict.ACCEPT, Baseline.FLAKY)
    assert [(flake.test, flake.rate, flake.runs) for flake in found.flaky] == [(COMMAND, 0.5, 4)]
    assert found.trials == 4


def test_tests_that_are_red_on_the_base_are_no_regression() -> None:
    red = failed("no server", "test_net", ["test_a"])

    found = finding(answered(begun(lattice_from(SIX)), [red, red]))

    assert found is not None
    assert found.verdict is Verdict.ACCEPT
    assert found.red == ("test_net",)
    assert found.baseline is Baseline.PASSED


def test_a_red_test_that_fails_with_another_exception_is_a_regression() -> None:
    lattice = lattice_from(SIX)
    rules = (
        Rule(needs=frozenset({"flask"}), test="test_net", type="TypeError", message="odd flask"),
        Rule(needs=frozenset(), test="test_net", type="ConnectionError", message="no server"),
    )

    found = driven(lattice, *rules, tests=["test_a", "test_net"]).find()

    assert blamed(found) == [{"flask"}]
    assert found.red == ("test_net",)


def test_a_base_that_is_lost_is_tried_again_and_then_given_up() -> None:
    search = answered(begun(lattice_from(SIX)), [LOST, LOST])
    assert finding(search) is None

    found = finding(answered(search, [LOST]))

    assert found is not None
    assert found.verdict is Verdict.UNDECIDED
    assert "could not be run" in found.reason


def test_a_candidate_that_is_lost_is_tried_again_and_then_given_up() -> None:
    search = answered(begun(lattice_from(SIX)), [passed(), LOST, LOST])
    assert finding(search) is None

    found = finding(answered(search, [LOST]))

    assert found is not None
    assert found.verdict is Verdict.UNDECIDED
    assert "lost" in found.reason
    assert found.accepted == frozenset()


# ---- what is not waited for -------------------------------------------------------------------


def test_the_candidate_is_not_waited_for_when_the_base_is_broken() -> None:
    search, trials = ask(begun(lattice_from(SIX)), 2)
    assert [trial.number for trial in trials] == [1, 2]
    missing = replace(
        failed("no"),
        failures=(Failure(test=COMMAND, signature=Signature(type="NameError", message="x")),),
    )
    search = tell(search, 1, missing)
    search, [again] = ask(search, 2)
    search = tell(search, again.number, missing)

    assert finding(search) is not None
    assert unwanted(search) == {2}
    assert ask(search, 2) == (search, ())


def test_a_suspect_without_whom_it_still_fails_is_not_waited_for() -> None:
    wrong = rule("markupsafe", message="cannot import escape from jinja2")
    driver = driven(lattice_from(SIX), wrong, slots=2)

    driver.find()

    assert [set(driver.trials[number - 1].moved) for number in driver.cancelled][:1] == [{"jinja2"}]


def test_an_answer_that_nobody_asked_for_changes_nothing() -> None:
    search = begun(lattice_from(SIX))

    assert tell(search, 7, passed()) is search


def test_a_cancelled_trial_does_not_count_as_lost() -> None:
    search, _ = ask(begun(lattice_from(["a"])), 2)
    search = tell(search, 1, passed())
    search = tell(search, 2, passed())

    assert finding(search) is not None
    assert search.lost == {}


# ---- tests that are gone ----------------------------------------------------------------------


def test_a_candidate_that_runs_far_fewer_tests_does_not_pass() -> None:
    tests = [f"test_{number}" for number in range(10)]
    search = begun(lattice_from(["pytest"]))
    while (found := finding(search)) is None:
        search, [trial] = ask(search, 1)
        search = tell(search, trial.number, passed(*(tests[:2] if trial.moved else tests)))

    assert found.verdict is Verdict.REJECT
    assert found.trials > 2
    assert found.culprits[0].failures[0].signature.type == "FewerTests"


def test_tests_that_are_gone_are_told() -> None:
    tests = [f"test_{number}" for number in range(10)]

    found = finding(answered(begun(lattice_from(["a"])), [passed(*tests), passed(*tests[:6])]))

    assert found is not None
    assert found.verdict is Verdict.ACCEPT
    assert found.reason == (
        "4 tests that passed on the base did not run: test_6, test_7, test_8, …."
    )


def test_a_module_that_cannot_be_imported_fails_for_all_its_tests() -> None:
    lattice = lattice_from(SIX)
    modules = {"test_m.py": "test_m.py::test_a"}

    class Collected(Consumer):
        """Tests of a module are only there when it can be imported."""

    consumer = Collected(rules=(rule("jinja2", test="test_m.py"),), tests=_names(modules))

    found = Driver(lattice=lattice, consumer=consumer, suspects=pointing(lattice)).find()

    assert blamed(found) == [{"jinja2"}]


def _names(modules: Mapping[str, str]) -> frozenset[str]:
    return frozenset({*modules, *modules.values()})


# ---- budget -----------------------------------------------------------------------------------


def test_when_the_budget_is_used_up_it_says_what_is_known() -> None:
    lattice = lattice_from(SIX)
    consumer = Consumer(rules=(rule("click"), rule("flask")))
    effort = Effort(budget=5)

    found = Driver(
        lattice=lattice, consumer=consumer, suspects=pointing(lattice), effort=effort
    ).find()

    assert found.verdict is Verdict.UNDECIDED
    assert found.reason == "the budget of 5 trials is used up."
    assert found.trials == 5
    assert found.accepted == {*SIX} - {"click", "flask"}
    assert found.held == {"click": "culprit", "flask": "not known to pass"}


def test_a_budget_for_the_base_alone_decides_nothing() -> None:
    found = finding(answered(begun(lattice_from(SIX), Effort(budget=1)), [failed("race")]))

    assert found is not None
    assert found.verdict is Verdict.UNDECIDED
    assert found.baseline is Baseline.FAILED
