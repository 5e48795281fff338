"""The smallest set that breaks the base is asked for step by step, from what is known already."""

from __future__ import annotations

from foretaste.taste.breaks import Ranking, View, breaks_of
from foretaste.taste.compare import Run, record_of
from foretaste.taste.explanation import Cause, explain
from foretaste.taste.holding import Question
from foretaste.taste.lattice import Lattice
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature
from foretaste.taste.units import units_of
from tests.property.consumers import lattice_from

BROKEN = Signature(type="AssertionError", message="broken")
PASSED = Outcome(ending=Ending.PASSED, passed=frozenset({COMMAND}))
FAILED = Outcome(ending=Ending.FAILED, failures=(Failure(test=COMMAND, signature=BROKEN),))


def asked(lattice: Lattice, weights: str, passing: list[str], failing: list[str]) -> str | Cause:
    """Return what is asked for next after these states, by their keys, or the cause."""
    units = units_of(lattice)
    number = {key: place for place, keys in enumerate(units.members) for key in keys}
    states = [("", PASSED), *((each, PASSED) for each in passing)]
    states += [(each, FAILED) for each in failing]
    runs = [
        Run(number=count, at=sum(1 << number[key] for key in keys), outcome=outcome)
        for count, (keys, outcome) in enumerate(states)
    ]
    record = record_of(runs)
    ranked = tuple(float(weights[number[min(keys)]]) for keys in units.members)
    ranking = Ranking(plain=ranked, by_signature={BROKEN: ranked})
    view = View(units=units, record=record, breaks=breaks_of(record), ranking=ranking)
    [each] = view.breaks
    found = explain(view, each)
    return "".join(sorted(units.moved(found.at))) if isinstance(found, Question) else found


ABC = lattice_from("abc")


def test_a_strong_suspect_is_tried_by_itself() -> None:
    assert asked(ABC, "911", [], ["abc"]) == "a"


def test_of_equal_suspects_half_are_tried() -> None:
    eight = lattice_from("abcdefgh")

    assert asked(eight, "11111111", [], ["abcdefgh"]) == "abcd"
    assert asked(eight, "11111111", ["abcd"], ["abcdefgh"]) == "h"


def test_what_it_does_not_show_without_is_part_of_it() -> None:
    assert asked(ABC, "111", ["bc"], ["abc"]) == "a"
    assert asked(ABC, "111", ["bc", "a"], ["abc"]) == "ac"
    cause = asked(ABC, "111", ["bc", "a", "ac"], ["abc", "ab"])
    assert isinstance(cause, Cause)
    assert (cause.units, cause.at) == (0b011, 0b011)


def test_where_no_single_one_is_missing_units_come_in_one_by_one() -> None:
    four = lattice_from("abcd")

    assert asked(four, "4321", ["a", "b", "c", "d"], ["abcd"]) == "ab"
    assert asked(four, "4321", ["ab", "c", "d"], ["abcd"]) == "abc"


def test_what_came_in_for_another_is_tried_without_it() -> None:
    lattice = lattice_from("xyz", {"z": ["x"]})

    assert asked(lattice, "195", ["y", "xz"], ["xyz"]) == "xy"
