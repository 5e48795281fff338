"""The search asks for what matters, and finds culprits of every kind that real incidents have had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from foretaste.taste.finding import Baseline, Finding, Verdict
from foretaste.taste.isolate import Effort, Search, ask, begin, finding, tell, unwanted
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import BUILD
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature
from tests.property.consumers import (
    Consumer,
    Driver,
    Rule,
    lattice_from,
    pointing,
    pointing_nowhere,
    rule,
)

SIX = ("click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug")


def driven(lattice: Lattice, *rules: Rule, slots: int = 1, tests: Sequence[str] = ()) -> Driver:
    """Return a driver of a search in which failures point at what they name."""
    consumer = Consumer(rules=rules, tests=frozenset(tests))
    return Driver(lattice=lattice, consumer=consumer, suspects=pointing(lattice), slots=slots)


def blamed(found: Finding) -> list[set[str]]:
    """Return the sets that are blamed."""
    return [set(culprit.keys) for culprit in found.culprits]


def test_a_candidate_that_passes_is_accepted_in_two_runs() -> None:
    found = driven(lattice_from(SIX), slots=2).find()

    assert found == Finding(
        verdict=Verdict.ACCEPT, baseline=Baseline.PASSED, accepted=frozenset(SIX), trials=2
    )


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_one_culprit_that_its_trace_names_takes_two_trials_more(slots: int) -> None:
    driver = driven(lattice_from(SIX), rule("markupsafe"), slots=slots)

    found = driver.find()

    everything = set(SIX)
    assert [set(trial.moved) for trial in driver.trials] == [
        set(),
        everything,
        everything - {"markupsafe"},
        {"markupsafe"},
    ]
    assert found.verdict is Verdict.REJECT
    assert blamed(found) == [{"markupsafe"}]
    assert found.held == {"markupsafe": "culprit"}
    assert found.accepted == everything - {"markupsafe"}
    [culprit] = found.culprits
    assert (culprit.alone, culprit.without) == (4, 3)
    assert culprit.confidence >= 0.999
    assert [failure.test for failure in culprit.failures] == [COMMAND]


def test_both_confirmations_run_side_by_side() -> None:
    search = begun(lattice_from(SIX))
    search, _ = ask(search, 2)
    search = tell(search, 1, passed())
    search = tell(search, 2, failed("cannot import from markupsafe"))

    search, trials = ask(search, 2)

    assert [trial.number for trial in trials] == [3, 4]
    assert [trial.why for trial in trials] == ["what may go on", "what breaks by itself"]
    assert ask(search, 2)[1] == ()


def test_one_move_that_is_named_needs_nothing_beyond_base_and_candidate() -> None:
    found = driven(lattice_from(["kazoo"]), rule("kazoo")).find()

    assert (found.trials, blamed(found)) == (2, [{"kazoo"}])
    assert found.culprits[0].without is None
    assert found.accepted == frozenset()


def test_one_move_that_is_not_named_is_run_until_it_is_believed() -> None:
    hang = Rule(needs=frozenset({"kazoo"}), type="Hang", message="stood in a lock", hung=True)
    driver = driven(lattice_from(["kazoo"]), hang)

    found = driver.find()

    assert blamed(found) == [{"kazoo"}]
    assert 4 < found.trials < 10
    assert found.culprits[0].confidence >= 0.999
    assert found.culprits[0].failures[0].hung


def test_five_that_break_each_by_itself_are_five_culprits() -> None:
    keys = [f"sphinxcontrib-{name}" for name in ("apple", "dev", "html", "qt", "serial")]

    found = driven(lattice_from(keys), *(rule(key) for key in keys), slots=2).find()

    assert blamed(found) == [{key} for key in keys]
    assert {*found.held} == {*keys}
    # Each step down, and each alone on the base: the last of one is the last of the other.
    assert found.trials == 2 + 4 + 4


def test_what_only_breaks_together_is_one_culprit_and_one_of_it_is_held() -> None:
    keys = ["anyio", "h11", "httpcore", "httpx", "idna", "starlette", "urllib3"]
    lattice = lattice_from(keys, {"h11": ["httpcore"], "httpcore": ["httpx"], "httpx": ["h11"]})
    suspects = pointing(lattice, 30.0, {"httpx": 3.0, "starlette": 3.0})
    consumer = Consumer(rules=(rule("httpx", "starlette"),))

    found = Driver(lattice=lattice, consumer=consumer, suspects=suspects, slots=2).find()

    assert blamed(found) == [{"h11", "httpcore", "httpx", "starlette"}]
    assert {*found.held} in ({"starlette"}, {"h11", "httpcore", "httpx"})
    assert found.trials == 5


def test_what_had_to_come_along_is_never_blamed() -> None:
    keys = ["annotated-types", "anyio", "fastapi", "pydantic", "pydantic-core"]
    needs = {"pydantic": ["fastapi", "annotated-types", "pydantic-core"]}

    found = driven(lattice_from(keys, needs), rule("pydantic"), slots=2).find()

    assert blamed(found) == [{"pydantic"}]
    assert found.culprits[0].needed == {"fastapi", "annotated-types", "pydantic-core"}
    assert found.held == {"pydantic": "culprit"}
    assert found.trials == 4


def test_one_that_needs_another_culprit_is_one_as_well() -> None:
    lattice = lattice_from(["flask", "werkzeug"], {"flask": ["werkzeug"]})
    rules = (rule("flask"), rule("werkzeug"))

    found = driven(lattice, *rules, slots=2).find()

    assert blamed(found) == [{"flask"}, {"werkzeug"}]
    assert [set(culprit.needed) for culprit in found.culprits] == [{"werkzeug"}, set()]
    assert found.held == {"flask": "culprit", "werkzeug": "culprit"}
    assert found.trials == 3


def test_holding_one_can_make_another_break() -> None:
    keys = ["babel", "jinja2", "markupsafe", "requests", "sphinx"]
    lattice = lattice_from(keys, {"jinja2": ["markupsafe"]})
    old_jinja = Rule(
        needs=frozenset({"markupsafe"}),
        unless=frozenset({"jinja2"}),
        message="cannot import soft_unicode from markupsafe",
    )

    found = driven(lattice, rule("jinja2"), old_jinja, slots=2).find()

    assert blamed(found) == [{"jinja2"}, {"markupsafe"}]
    assert {*found.held} == {"jinja2", "markupsafe"}
    assert found.trials == 6


def test_what_is_held_only_for_another_says_what_it_needs() -> None:
    lattice = lattice_from(SIX, {"flask": ["werkzeug"], "click": ["flask"]})

    found = driven(lattice, rule("werkzeug")).find()

    assert blamed(found) == [{"werkzeug"}]
    assert found.held == {
        "click": "needs werkzeug",
        "flask": "needs werkzeug",
        "werkzeug": "culprit",
    }


def test_what_builds_the_project_is_a_move_like_others() -> None:
    key = f"{BUILD}setuptools"

    found = driven(lattice_from([key, *SIX]), rule(key)).find()

    assert blamed(found) == [{key}]
    assert found.trials == 4


def test_a_trace_that_names_the_wrong_one_costs_trials_and_no_blame() -> None:
    wrong = rule("markupsafe", message="cannot import escape from jinja2")

    found = driven(lattice_from(SIX), wrong, slots=2).find()

    assert blamed(found) == [{"markupsafe"}]
    assert found.held == {"markupsafe": "culprit"}
    assert found.culprits[0].confidence >= 0.999


def test_tests_that_two_releases_break_in_the_same_way_have_two_culprits() -> None:
    same = [rule(key, test="test_a", message="broken") for key in ("click", "flask")]
    lattice = lattice_from(SIX)
    consumer = Consumer(rules=tuple(same), tests=frozenset({"test_a", "test_b"}))

    found = Driver(lattice=lattice, consumer=consumer, suspects=pointing_nowhere).find()

    assert sorted(blamed(found), key=min) == [{"click"}, {"flask"}]
    assert {*found.held} == {"click", "flask"}


def test_hundreds_of_tests_that_one_release_breaks_cost_no_trial_more() -> None:
    tests = [f"test_{number}" for number in range(300)]
    rules = [rule("jinja2", test=test, message=f"{test} without jinja2") for test in tests[:200]]

    found = driven(lattice_from(SIX), *rules, tests=tests).find()

    assert (found.trials, blamed(found)) == (4, [{"jinja2"}])
    assert len(found.culprits[0].failures) == 200


# ---- the base ---------------------------------------------------------------------------------


def begun(lattice: Lattice, effort: Effort | None = None) -> Search:
    """Return a search that has just begun."""
    return begin(lattice, effort or Effort(), pointing(lattice))


def passed(*tests: str) -> Outcome:
    """Return the outcome of a run in which these tests passed."""
    return Outcome(ending=Ending.PASSED, passed=frozenset(tests or {COMMAND}))


def failed(message: str, test: str = COMMAND, beside: Sequence[str] = ()) -> Outcome:
    """Return the outcome of a run in which a test failed with a message."""
    signature = Signature(type="AssertionError", message=message)
    return Outcome(
        ending=Ending.FAILED,
        passed=frozenset(beside),
        failures=(Failure(test=test, signature=signature),),
    )


LOST = Outcome(ending=Ending.LOST, why="the worker vanished")


def answered(search: Search, outcomes: Sequence[Outcome], slots: int = 1) -> Search:
    """Return a search after one outcome for each trial that it asks for, in order."""
    left = list(outcomes)
    numbers: list[int] = []
    while left:
        search, trials = ask(search, slots)
        numbers += [trial.number for trial in trials]
        search = tell(search, numbers.pop(0), left.pop(0))
    return search


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
