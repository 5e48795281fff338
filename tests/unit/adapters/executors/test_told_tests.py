"""What a watched build tells of its tests is data: what is sound is read, nothing else counts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.adapters.executors import told_tests
from foretaste.adapters.executors.leavings import UnreadableReportError
from foretaste.adapters.executors.told_tests import Told, parse, read_tests
from foretaste.adapters.executors.watching import TESTS
from foretaste.ports.executor import UNFINISHED, CaseResult


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def lines(*said: dict[str, object]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in said)


def told(*said: dict[str, object]) -> Told:
    """What a whole session tells that says this."""
    found = parse(lines({"begin": "9.0"}, *said, {"end": True}))
    assert found is not None
    return found


def test_a_test_is_told_with_its_exception() -> None:
    found = told(
        {"start": "t.py::a"},
        {
            "test": "t.py::a",
            "outcome": "failed",
            "type": "app.Boom",
            "message": "no",
            "trace": "E  no",
            "seconds": 0.5,
        },
    )

    assert found == Told(
        cases=(
            CaseResult(name="t.py", outcome="passed"),
            CaseResult(
                name="t.py::a",
                outcome="failed",
                seconds=0.5,
                message="no",
                type="app.Boom",
                trace="E  no",
            ),
        )
    )


def test_a_test_that_began_and_of_which_nothing_more_is_told_did_not_end() -> None:
    data = lines(
        {"begin": "9.0", "plugins": ["b 2", "a 1"]},
        {"start": "t.py::a"},
        {"test": "t.py::a", "outcome": "passed"},
        {"start": "t.py::b"},
    )

    found = parse(data + b'{"test": "t.py::b", "outc')

    assert found is not None
    assert found.plugins == ("a 1", "b 2")
    assert found.why == "the tests ended before they were over"
    assert [(each.name, each.outcome, each.type) for each in found.cases] == [
        ("t.py", "passed", ""),
        ("t.py::a", "passed", ""),
        ("t.py::b", "error", UNFINISHED),
    ]


def test_a_module_that_could_not_be_collected_is_an_error_and_no_pass() -> None:
    found = told({"test": "t.py", "outcome": "error"}, {"test": "u.py::a", "outcome": "passed"})

    assert [(each.name, each.outcome) for each in found.cases] == [
        ("u.py", "passed"),
        ("t.py", "error"),
        ("u.py::a", "passed"),
    ]


def test_two_sessions_are_one_and_a_failure_in_either_counts() -> None:
    data = lines(
        {"begin": "9.0", "plugins": ["a 1"]},
        {"test": "a", "outcome": "failed"},
        {"test": "b", "outcome": "passed"},
        {"end": True},
        {"begin": "9.0", "plugins": ["a 1", "b 1"]},
        {"test": "a", "outcome": "passed"},
        {"test": "b", "outcome": "error"},
        {"end": True},
    )

    found = parse(data)

    assert found is not None
    assert [(each.name, each.outcome) for each in found.cases] == [("a", "failed"), ("b", "error")]
    assert found.plugins == ("a 1", "b 1")
    assert found.why == ""


def test_nothing_is_told_where_no_session_began() -> None:
    assert parse(b"") is None
    assert parse(lines({"test": "a", "outcome": "passed"})) is None


@pytest.mark.parametrize("outcome", [None, "fine", 1, ["passed"], "PASSED"])
def test_an_outcome_that_is_none_is_no_pass(outcome: object) -> None:
    assert told({"test": "a", "outcome": outcome}).cases[0].outcome == "error"


def test_half_characters_and_excess_are_taken_out() -> None:
    found = told(
        {
            "test": "a\ud800" + "b" * 5000,
            "outcome": "failed",
            "message": "m" * 9000,
            "trace": "t" * 99999,
            "seconds": "nan",
            "type": 7,
        }
    )

    [case] = found.cases
    assert case.name.startswith("a?b")
    assert len(case.name) == 1000
    assert len(case.message) == 4000
    assert len(case.trace) == 65536
    assert case.seconds == 0.0
    assert case.type == ""


def test_there_are_so_many_tests_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_tests, "MOST_CASES", 2)

    five: list[dict[str, object]] = [{"test": f"t{each}", "outcome": "passed"} for each in range(5)]
    found = told(*five)

    assert [each.name for each in found.cases] == ["t0", "t1"]


@given(st.binary(max_size=300))
def test_anything_may_be_there(noise: bytes) -> None:
    begun = lines({"begin": 1}, {"test": "a", "outcome": "passed"})

    parse(noise)
    found = parse(begun + noise + b"\n" + lines({"test": "b", "outcome": "failed"}))

    assert found is not None
    outcomes = {each.name: each.outcome for each in found.cases}
    assert outcomes["a"] == "passed"
    assert outcomes["b"] == "failed"


@given(st.recursive(st.none() | st.text() | st.floats(), st.lists))
def test_any_value_may_stand_anywhere(value: object) -> None:
    said = dict.fromkeys(("test", "type", "message", "trace", "seconds", "outcome"), value)

    found = told(said, {"start": value}, {"begin": value, "plugins": value})

    for case in found.cases:
        case.name.encode()
        assert case.outcome in {"passed", "failed", "error", "skipped"}


def test_what_is_too_deep_or_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_tests, "_LONGEST_LINE", 100_000)
    deep = b"[" * 50_000 + b"]" * 49_000 + b"\n"
    long = b'{"test": "long", "trace": "' + b"x" * 100_000 + b'"}\n'

    found = parse(lines({"begin": 1}) + deep + long + lines({"test": "a", "outcome": "passed"}))

    assert found is not None
    assert [each.name for each in found.cases] == ["a"]


def test_a_file_is_read_and_none_is_none(folder: int, tmp_path: Path) -> None:
    assert read_tests(folder) is None

    (tmp_path / TESTS).write_bytes(lines({"begin": 1}, {"test": "a", "outcome": "passed"}))

    found = read_tests(folder)
    assert found is not None
    assert [each.name for each in found.cases] == ["a"]


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_is_refused(folder: int, tmp_path: Path, kind: str) -> None:
    if kind == "folder":
        (tmp_path / TESTS).mkdir()
    elif kind == "link":
        (tmp_path / TESTS).symlink_to("/etc/passwd")
    else:
        os.mkfifo(tmp_path / TESTS)

    with pytest.raises(UnreadableReportError, match="what was told of the tests"):
        read_tests(folder)


def test_a_file_of_more_lines_than_any_is_read_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_tests, "_MOST_LINES", 3)
    tests: list[dict[str, object]] = [
        {"test": f"t.py::{name}", "outcome": "passed"} for name in "abc"
    ]

    found = parse(lines({"begin": "9.0"}, *tests, {"end": True}))

    assert found is not None
    assert [case.name for case in found.cases] == ["t.py", "t.py::a", "t.py::b"]
    assert found.why == "the tests ended before they were over"
