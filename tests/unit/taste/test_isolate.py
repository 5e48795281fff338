"""The search asks for what matters, and finds culprits of every kind that real incidents have had."""

from __future__ import annotations

import pytest

from foretaste.taste.finding import Baseline, Finding, Verdict
from foretaste.taste.isolate import ask, tell
from foretaste.taste.moves import BUILD
from foretaste.taste.outcome import COMMAND
from tests.property.answers import begun, failed, passed
from tests.property.consumers import (
    SIX,
    Consumer,
    Driver,
    Rule,
    blamed,
    driven,
    lattice_from,
    pointing,
    pointing_nowhere,
    rule,
)


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
