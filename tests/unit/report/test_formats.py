"""Records come out in every format, whole and inert."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from foretaste.cli.options import FORMATS
from foretaste.report.formats import (
    UnknownColumnError,
    check_columns,
    render_list,
    render_record,
)
from foretaste.report.plain import width

RECORDS: list[dict[str, Any]] = [
    {"change": "12", "subject": "Mend it", "tests": ["a", "b"], "active": True, "at": 1.5},
    {"change": "13", "subject": "x\x1b[2J\ny", "tests": (), "active": False, "at": 2.0},
]
COLUMNS = ("change", "subject", "tests", "active", "at")


def test_a_table_is_aligned_under_its_columns() -> None:
    assert render_list(RECORDS, COLUMNS, "table") == (
        "change  subject     tests  active  at\n"
        "12      Mend it     a, b   yes     1970-01-01 00:00:01\n"
        "13      x\\x1b[2J y         no      1970-01-01 00:00:02\n"
    )


def test_a_table_fits_the_terminal_and_cuts_the_widest_column() -> None:
    records = [{"change": "12", "why": "because " * 20}]

    text = render_list(records, ("change", "why"), "table", 40)

    assert text == "change  why\n12      because because because because…\n"
    narrow = render_list(records, ("change", "why"), "table", 10)
    assert narrow.splitlines()[1] == "12      because…"


def test_json_and_yaml_hold_everything() -> None:
    expected = [{"change": "12", "subject": "Mend it"}, {"change": "13", "subject": "x\x1b[2J\ny"}]

    assert json.loads(render_list(RECORDS, COLUMNS[:2], "json")) == expected
    assert yaml.safe_load(render_list(RECORDS, COLUMNS[:2], "yaml")) == expected
    nested = [{"a": {"b": (1, 2)}}]
    assert yaml.safe_load(render_list(nested, ("a",), "yaml")) == [{"a": {"b": [1, 2]}}]


def test_values_come_bare_a_record_a_line() -> None:
    assert render_list(RECORDS, ("change", "at"), "value") == "12 1.5\n13 2\n"
    assert render_record(RECORDS[0], ("change", "tests"), "value") == "12\na, b\n"


def test_csv_is_read_back_and_runs_no_formula() -> None:
    records: list[dict[str, Any]] = [
        {"a": "=1+1", "b": "-3", "c": 'say "x", y'},
        {"a": "+cmd|x", "b": "@f", "c": None},
    ]

    rows = list(csv.reader(io.StringIO(render_list(records, ("a", "b", "c"), "csv"), newline="")))

    assert rows == [["a", "b", "c"], ["'=1+1", "-3", 'say "x", y'], ["'+cmd|x", "'@f", ""]]


@pytest.mark.parametrize("style", FORMATS)
def test_one_record_comes_in_every_format(style: str) -> None:
    text = render_record({"change": "12", "phases": {"test": 1.0}}, ("change", "phases"), style)

    assert {
        "table": "field   value\nchange  12\nphases  test=1\n",
        "json": '{\n  "change": "12",\n  "phases": {\n    "test": 1.0\n  }\n}\n',
        "yaml": "change: '12'\nphases:\n  test: 1.0\n",
        "csv": "change,phases\n12,test=1\n",
        "value": "12\ntest=1\n",
    }[style] == text


def test_columns_are_those_asked_for_or_all() -> None:
    assert check_columns((), COLUMNS) == COLUMNS
    assert check_columns(("at", "change"), COLUMNS) == ("at", "change")
    with pytest.raises(UnknownColumnError) as caught:
        check_columns(("nope",), COLUMNS)
    assert (caught.value.column, caught.value.columns) == ("nope", COLUMNS)


@given(st.lists(st.fixed_dictionaries({"a": st.text(), "b": st.integers()}), max_size=4))
def test_a_table_has_a_line_a_record_whatever_is_in_it(records: list[dict[str, Any]]) -> None:
    lines = render_list(records, ("a", "b"), "table").split("\n")

    assert len(lines) == len(records) + 2
    assert all(line.isprintable() for line in lines)


@given(st.text(), st.integers(min_value=20, max_value=100))
def test_a_line_of_a_table_fits_the_terminal(text: str, limit: int) -> None:
    rendered = render_list([{"a": text, "b": text}], ("a", "b"), "table", limit)

    assert all(width(line) <= limit for line in rendered.split("\n"))
