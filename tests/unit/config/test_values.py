"""Durations, steps and what may be installed have one form each."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from foretaste.config.values import Branch, Installed, WrongValueError, seconds, step
from foretaste.core.policy import Operator, Step


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("24h", 86400), ("1h1s", 3601)],
)
def test_a_duration_is_read(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "15", "m", "0s", "25h", "1.5h", "-1m", "30m1h", "\N{FULLWIDTH DIGIT ONE}5m"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(WrongValueError):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "operator", "amount"),
    [
        ("+1", Operator.PLUS, 1),
        ("*2", Operator.TIMES, 2),
        ("-0", Operator.MINUS, 0),
        ("/2", Operator.OVER, 2),
    ],
)
def test_a_step_is_read(text: str, operator: Operator, amount: int) -> None:
    assert step(text) == Step(operator=operator, amount=amount)


@pytest.mark.parametrize("text", ["1", "", "+", "/0", "*0", "++1", "+1.5"])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(WrongValueError):
        step(text)


@pytest.mark.parametrize(
    "text",
    [
        ".",
        ".[test]",
        ".[test,docs]",
        "group:dev",
        "-r requirements/tests.txt",
        "-c constraints.txt",
        "pytest",
        "pytest>=8,<9",
        "bandit[toml]",
        "x; python_version < '3.12'",
    ],
)
def test_what_may_be_installed(text: str) -> None:
    assert TypeAdapter(Installed).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "./other",
        "/etc/passwd",
        "-e .",
        "-r /etc/passwd",
        "-r ../x.txt",
        "-r a/../../x.txt",
        "-r -x",
        "--index-url=x",
        "x @ file:///etc/passwd",
        "x @ git+https://evil.example/x",
        "group:",
        "pytest\n--index-url=x",
    ],
)
def test_what_would_read_from_elsewhere_is_not_installed(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Installed).validate_python(text)


@pytest.mark.parametrize("text", ["main", "release/3.x", "feature_1", "v1.0+x"])
def test_a_branch_has_a_name_of_git(text: str) -> None:
    assert TypeAdapter(Branch).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "-x", "--upload-pack=x", "a..b", "a b", "a/", "a//b", ".a", "a.lock", "a@{1}", "a;b"],
)
def test_what_git_would_take_for_something_else_is_no_branch(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Branch).validate_python(text)
