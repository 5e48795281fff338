"""Mistakes are told all at once, by file and line, and a huge number of them in part."""

from __future__ import annotations

import datetime as dt

import pytest

from foretaste.config.mistakes import ConfigurationError, Mistake, did_you_mean, dotted, shown


def test_mistakes_come_by_file_and_line_each_once() -> None:
    late = Mistake(code="FT204", what="late", file="foretaste.toml", line=9, key="gate")
    early = Mistake(code="FT203", what="early", file="foretaste.toml", line=2, hint="look")

    error = ConfigurationError([late, early, late])

    assert error.mistakes == (early, late)
    assert error.code == "FT200"
    assert error.where == "foretaste.toml:2"
    assert error.what.splitlines() == [
        "foretaste.toml:2: early [FT203]; hint: look",
        "foretaste.toml:9: gate: late [FT204]",
    ]


def test_one_mistake_lends_the_error_its_code_and_hint() -> None:
    error = ConfigurationError([Mistake(code="FT210", what="twice", hint="keep one")])

    assert (error.code, error.hint, error.where) == ("FT210", "keep one", "")


def test_of_very_many_mistakes_a_hundred_are_told() -> None:
    error = ConfigurationError(
        Mistake(code="FT203", what="no such key", line=line) for line in range(150)
    )

    lines = error.what.splitlines()
    assert len(lines) == 101
    assert lines[-1] == "and 50 more"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (3, "3"),
        (2.5, "2.5"),
        ("a\n\x1b[31m\u202e", '"a\\n\\u001b[31m\\u202e"'),
        ("x" * 500, '"' + "x" * 59 + "…"),
        ([1], "a list"),
        ({}, "a table"),
        (dt.date(2024, 1, 2), "2024-01-02"),
    ],
)
def test_a_value_is_shown_on_one_line_in_part(value: object, expected: str) -> None:
    assert shown(value) == expected


def test_a_number_that_python_will_not_write_is_shown_as_huge() -> None:
    assert shown(10**5000) == "a huge number"


def test_a_key_is_written_as_in_toml() -> None:
    assert dotted(("job", "a b", "needs", 1)) == 'job."a b".needs[1]'
    assert "\x1b" not in dotted(("\x1b[31m",))


def test_a_hint_names_the_nearest_or_all() -> None:
    assert did_you_mean("tset", ["test", "lint"]) == "did you mean test?"
    assert did_you_mean("zzz", ["test", "lint"]) == "known: lint, test"
    assert did_you_mean("zzz", ["test"], otherwise="no") == "no"
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("zzz", [f"job{n}" for n in range(30)]).endswith(" and 10 more")
