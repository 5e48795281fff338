"""What is held moves as far as passes; what nobody saw pass is never claimed to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.taste.compare import BASE, Run
from foretaste.taste.finding import Baseline, Culprit, Finding, Verdict
from foretaste.taste.forward import (
    Answer,
    Forward,
    Told,
    between,
    culprits_held,
    failures_of,
    followers,
    is_worth_it,
    judged,
    rungs_of,
)
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import moves_between
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature

SETTLED = Signature(type="ImportError", message="cannot import name 'escape'")
LOOSE = Signature(type="AssertionError", message="1 is not 2")
OLDS = {"a": "1.0", "b": "1.0", "c": "1.0", "gone": "1.0", "build:t": "1"}
NEWS = {"a": "2.0", "b": "2.0", "c": "2.0", "came": "1.0", "build:t": "2"}
OWNERS = {"a": "a", "b": "b"}


def space() -> Lattice:
    moves = {move.key: move for move in moves_between(OLDS, NEWS)}
    return Lattice(base=OLDS, moves=moves, needs={key: frozenset({key}) for key in moves})


def failure(signature: Signature = SETTLED, *frames: str) -> Failure:
    return Failure(test=COMMAND, signature=signature, frames=frames)


def finding(culprits: Mapping[str, Failure], *others: str, unstable: str = "") -> Finding:
    return Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=tuple(
            Culprit(keys=frozenset({key}), confidence=0.999, failures=(each,))
            for key, each in culprits.items()
        ),
        held=dict.fromkeys((*culprits, *others), "why"),
        unstable=(unstable,) if unstable else (),
        trials=4,
    )


def run(number: int, at: int, *failures: Failure, ending: Ending | None = None) -> Run:
    ended = ending or (Ending.FAILED if failures else Ending.PASSED)
    passed = frozenset() if failures or ending else frozenset({COMMAND})
    outcome = Outcome(ending=ended, passed=passed, failures=failures)
    return Run(number=number, at=at, outcome=outcome)


# ---- What lies between -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("versions", "old", "new", "expected"),
    [
        (["2.0", "1.10", "1.9", "1.0", "3.0"], "1.0", "2.0", ("1.9", "1.10")),
        (["1.1", "1.2rc1"], "1.0", "2.0", ("1.1",)),
        (["1.1", "1.2rc1"], "1.0b1", "2.0", ("1.1", "1.2rc1")),
        (["1.1", "of-another-world"], "1.0", "2.0", ("1.1",)),
        (["1.1"], "2004d-1", "2.0", ()),
        ([], "1.0", "2.0", ()),
    ],
)
def test_between_two_versions_lie_those_that_anybody_would_take(
    versions: list[str], old: str, new: str, expected: tuple[str, ...]
) -> None:
    assert between(versions, old, new) == expected


# ---- What may move -----------------------------------------------------------------------------


def test_what_has_a_way_may_go_part_of_it() -> None:
    found = finding({"a": failure(), "build:t": failure(), "came": failure()}, "b", "gone")
    lattice = space()

    culprits = culprits_held(found, lattice)

    assert culprits == {"a"}
    assert followers(found, lattice, culprits) == {"b"}
    assert rungs_of(found, lattice, {"a": ("1.1",), "b": ("1.1",)}, OWNERS) == {"a": ("1.1",)}
    assert rungs_of(found, lattice, {"b": ("1.1",)}, OWNERS) == {}


def test_what_fails_in_the_code_of_another_that_moves_may_go_all_the_way() -> None:
    lattice = space()
    found = finding({"a": failure(SETTLED, "b/filters.py"), "b": failure(LOOSE, "./app.py")})

    assert rungs_of(found, lattice, {"b": ("1.1",)}, OWNERS) == {"a": ("2.0",), "b": ("1.1",)}
    # Where the other one has nowhere to go, its code stays as it is.
    assert rungs_of(found, lattice, {"a": ("1.1",)}, OWNERS) == {"a": ("1.1",)}


def test_each_culprit_is_known_by_its_own_failures() -> None:
    found = finding({"a": failure(), "b": failure(LOOSE)})

    known = failures_of(found, frozenset({"a", "b"}))

    assert known == {"a": {(COMMAND, SETTLED)}, "b": {(COMMAND, LOOSE)}}


def test_it_is_worth_nothing_where_a_pass_tells_nothing() -> None:
    culprit = {"a": failure(LOOSE)}
    broken, passed = run(2, 1, failure(LOOSE)), run(3, 1)

    assert is_worth_it(finding(culprit), [run(1, BASE), broken])
    assert not is_worth_it(finding(culprit), [run(1, BASE), broken, passed])
    assert not is_worth_it(finding(culprit, unstable="t"), [run(1, BASE), broken])
    assert not is_worth_it(finding({}), [run(1, BASE)])
    undecided = Finding(
        verdict=Verdict.UNDECIDED, baseline=Baseline.PASSED, culprits=finding(culprit).culprits
    )
    assert not is_worth_it(undecided, [run(1, BASE), broken])


# ---- What a state showed -----------------------------------------------------------------------


def test_a_state_that_passed_passed() -> None:
    assert judged([run(1, BASE), run(2, 7)], 7, frozenset()).answer is Answer.PASSED


def test_a_failure_that_cannot_be_chance_is_believed_at_once() -> None:
    settled = judged([run(1, BASE), run(2, 7, failure())], 7, frozenset())
    known = judged([run(1, BASE), run(2, 7, failure(LOOSE))], 7, frozenset({(COMMAND, LOOSE)}))

    warned = Signature(type="DeprecationWarning", message="x is deprecated")
    warning = judged([run(1, BASE), run(2, 7, failure(warned))], 7, frozenset())

    assert (settled.answer, settled.broken) == (Answer.FAILED, ((COMMAND, SETTLED),))
    assert warning.answer is Answer.FAILED
    assert (known.answer, known.broken) == (Answer.FAILED, ((COMMAND, LOOSE),))


def test_another_failure_is_run_again_before_it_is_believed() -> None:
    runs = [run(1, BASE), run(2, 7, failure(LOOSE))]

    once = judged(runs, 7, frozenset())
    twice = judged([*runs, run(3, 7, failure(LOOSE))], 7, frozenset())
    chance = judged([*runs, run(3, 7)], 7, frozenset())

    assert (once.answer, once.again) == (None, (COMMAND,))
    assert twice.answer is Answer.FAILED
    assert chance.answer is Answer.PASSED


def test_what_fails_by_chance_elsewhere_is_run_again_even_where_a_culprit_fails_so() -> None:
    known = frozenset({(COMMAND, LOOSE)})
    on_the_base = [run(1, BASE), run(2, BASE, failure(LOOSE)), run(3, 7, failure(LOOSE))]
    elsewhere = [run(1, BASE), run(2, 3, failure(LOOSE)), run(3, 3), run(4, 7, failure(LOOSE))]

    assert judged(on_the_base, 7, known).again == (COMMAND,)
    assert judged(elsewhere, 7, known).again == (COMMAND,)


def test_what_is_lost_or_was_never_run_says_nothing() -> None:
    lost = judged([run(1, BASE), run(2, 7, ending=Ending.LOST)], 7, frozenset())

    assert (lost.answer, lost.again) == (None, ())


# ---- The search --------------------------------------------------------------------------------


def ladder(*versions: str, left: int = 6) -> Forward:
    return Forward(rungs={"a": versions}, ends={"a": ("2.3.7", "3.1.9")}, left=left)


def told(forward: Forward, caps: Mapping[str, str] | None, *, passes: bool) -> Forward:
    assert caps is not None
    answer = Answer.PASSED if passes else Answer.FAILED
    return forward.tell(caps, Told(answer=answer, reached=caps, spent=1))


def test_the_newest_is_tried_first_where_the_last_step_is_as_large_as_any() -> None:
    forward = ladder("2.3.8", "2.3.9")

    caps = forward.ask()

    assert caps == {"a": "2.3.9"}
    after = told(forward, caps, passes=True)
    assert after.ask() is None
    assert after.beyond("a") == ("3.1.9",)


def test_the_largest_step_is_tried_before_the_many_small_ones_after_it() -> None:
    forward = ladder("2.3.8", "3.0.0", *(f"3.0.{n}" for n in range(1, 7)), "3.1.0", "3.1.8")

    caps = forward.ask()
    assert caps == {"a": "3.0.0"}
    forward = told(forward, caps, passes=False)
    caps = forward.ask()
    assert caps == {"a": "2.3.8"}
    forward = told(forward, caps, passes=True)

    assert forward.ask() is None
    assert forward.failing("a") == ("3.0.0",)
    assert forward.beyond("a")[:2] == ("3.0.0", "3.0.1")


def test_it_ends_with_its_trials() -> None:
    forward = ladder("2.3.8", "2.3.9", left=1)

    after = told(forward, forward.ask(), passes=False)

    assert after.ask() is None
    assert after.beyond("a") == ("2.3.8", "2.3.9", "3.1.9")


def pair() -> Forward:
    rungs = {"a": ("1.1", "1.2"), "b": ("1.1", "2.0")}
    return Forward(rungs=rungs, ends=dict.fromkeys(rungs, ("1.0", "2.0")))


def test_several_are_tried_together_and_may_reach_the_candidate() -> None:
    forward = pair()

    caps = forward.ask()
    assert caps == {"a": "1.2", "b": "2.0"}
    after = told(forward, caps, passes=True)

    assert after.ask() is None
    assert (after.beyond("a"), after.beyond("b")) == (("2.0",), ())


def test_whoevers_failure_it_is_goes_less_far_and_the_others_stay() -> None:
    both = {"a": "1.2", "b": "2.0"}
    failed = Told(answer=Answer.FAILED, reached=both, blamed=frozenset({"b"}), spent=1)

    after = pair().tell(both, failed)

    assert after.ask() == {"a": "1.2", "b": "1.1"}
    assert (after.failing("a"), after.failing("b")) == ((), ("2.0",))


def test_after_a_failure_of_nobody_all_go_less_far_and_then_one_at_a_time() -> None:
    forward = told(pair(), {"a": "1.2", "b": "2.0"}, passes=False)

    assert (forward.failing("a"), forward.failing("b")) == ((), ())
    caps = forward.ask()
    assert (caps, forward.apart) == ({"a": "1.1", "b": "1.1"}, False)
    forward = told(forward, caps, passes=True)
    # What has passed is built upon.
    caps = forward.ask()
    assert (caps, forward.apart) == ({"a": "1.2", "b": "1.1"}, True)
    forward = told(forward, caps, passes=True)
    caps = forward.ask()
    assert caps == {"a": "1.2", "b": "2.0"}
    forward = told(forward, caps, passes=False)
    assert forward.failing("b") == ("2.0",)
    assert forward.ask() is None


def test_where_nothing_passes_together_each_is_tried_alone() -> None:
    forward = told(pair(), {"a": "1.2", "b": "2.0"}, passes=False)
    forward = told(forward, {"a": "1.1", "b": "1.1"}, passes=False)

    assert forward.ask() == {"a": "1.2"}
    forward = told(forward, {"a": "1.2"}, passes=False)
    forward = told(forward, {"a": "1.1"}, passes=False)
    assert forward.failing("a") == ("1.1", "1.2")
    assert forward.ask() == {"b": "2.0"}


def test_one_that_has_company_is_blamed_only_when_it_went_alone() -> None:
    forward = Forward(rungs={"a": ("1.1",)}, ends={"a": ("1.0", "2.0")}, company=True)

    failed = told(forward, {"a": "1.1"}, passes=False)
    unresolved = forward.tell({"a": "1.1"}, Told(answer=Answer.NONE))

    for after in (failed, unresolved):
        assert (after.apart, after.failing("a")) == (True, ())
        assert after.ask() == {"a": "1.1"}
    assert told(failed, {"a": "1.1"}, passes=False).failing("a") == ("1.1",)
    assert unresolved.tell({"a": "1.1"}, Told(answer=Answer.NONE)).ask() is None


def test_what_does_not_fit_together_is_passed_over() -> None:
    none = Told(answer=Answer.NONE)
    forward = pair().tell({"a": "1.2", "b": "2.0"}, none)

    assert forward.ask() == {"a": "1.1", "b": "1.1"}
    forward = forward.tell({"a": "1.1", "b": "1.1"}, none)
    assert forward.ask() == {"a": "1.2"}
    forward = forward.tell({"a": "1.2"}, none)
    assert forward.ask() == {"a": "1.1"}
    assert forward.left == pair().left


def test_what_is_reached_counts_and_not_the_cap() -> None:
    forward = ladder("2.3.8", "2.3.9")

    short = forward.tell({"a": "2.3.9"}, Told(answer=Answer.PASSED, reached={"a": "2.3.8.post1"}))
    away = forward.tell({"a": "2.3.9"}, Told(answer=Answer.PASSED))

    assert short.beyond("a") == ("2.3.9", "3.1.9")
    assert short.ask() is None
    assert away.beyond("a") == ("2.3.8", "2.3.9", "3.1.9")


@given(
    st.lists(st.sampled_from(["1", "1.1", "1.1.1", "2", "2.1", "3", "4.0.1"]), min_size=1),
    st.integers(0, 7),
)
def test_one_ladder_is_climbed_to_the_last_version_before_the_break(
    versions: list[str], breaks: int
) -> None:
    rungs = between(versions, "0.9", "5")
    forward = Forward(rungs={"a": rungs}, ends={"a": ("0.9", "5")}, left=99)
    asked = []
    while (caps := forward.ask()) is not None:
        assert caps not in asked
        asked.append(caps)
        forward = told(forward, caps, passes=rungs.index(caps["a"]) < breaks)

    assert forward.beyond("a") == (*rungs[breaks:], "5")
    assert len(asked) <= len(rungs)


@given(st.data())
def test_it_ends_and_claims_only_what_passed(data: st.DataObject) -> None:
    rungs = {
        key: tuple(f"1.{number}" for number in range(1, data.draw(st.integers(2, 6))))
        for key in ("a", "b", "c")
    }
    forward = Forward(
        rungs=rungs,
        ends=dict.fromkeys(rungs, ("1.0", "2.0")),
        left=99,
        company=data.draw(st.booleans()),
    )
    best: dict[str, str] = {}
    for _ in range(99):
        caps = forward.ask()
        if caps is None:
            break
        # Nothing moves backwards, and nothing goes beyond its cap.
        reached = {
            key: max(min(data.draw(st.sampled_from(rungs[key])), cap), best.get(key, "1.0"))
            for key, cap in caps.items()
        }
        answer = data.draw(st.sampled_from(Answer))
        blamed = frozenset(data.draw(st.sets(st.sampled_from(sorted(rungs)))))
        forward = forward.tell(caps, Told(answer=answer, reached=reached, blamed=blamed, spent=1))
        if answer is Answer.PASSED:
            best |= reached

    assert forward.ask() is None
    for key, those in rungs.items():
        assert forward.beyond(key) == (*(each for each in those if each > best.get(key, "")), "2.0")
