"""What other tools read of a check: SARIF, JUnit, commands to a runner, rows; all whole and inert."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from foretaste.report.check.annotations import as_annotations
from foretaste.report.check.files import FORMATS
from foretaste.report.check.junit import as_junit
from foretaste.report.check.place import base_file
from foretaste.report.check.rows import COLUMNS, rows
from foretaste.report.check.sarif import RULES, as_sarif
from foretaste.report.formats import render_list
from foretaste.taste.dossier import Dossier
from foretaste.taste.notices import Kind, Notice
from tests.unit.report.check import found

EVERY = [
    found.rejected(),
    found.several(),
    found.accepted(),
    found.accepted(0),
    found.undecided(),
    found.unstable("t"),
]
# A runner's command: a word, its properties, and what it says.
COMMAND_LINE = re.compile(r"::(error|warning|notice) ((?:\w+=[^:,]*)(?:,\w+=[^:,]*)*)::(.*)")


def hostile(text: str) -> Dossier:
    """Return a culprit all of whose words are this text."""
    failing = found.failure(text, message=text, trace=text)
    told = found.blaming(
        found.culprit("markupsafe", failures=(failing,)),
        subject=found.subject(project=text, version=text, base_from=text),
    )
    return replace(
        told,
        unstable=(text,),
        notices=(Notice(kind=Kind.YANKED, name="x", version="1", said=(text,)),),
    )


def run(dossier: Dossier) -> dict[str, Any]:
    return dict(json.loads(as_sarif(dossier, "1.2"))["runs"][0])


@pytest.mark.parametrize("dossier", EVERY)
def test_sarif_has_the_form_that_its_readers_need(dossier: Dossier) -> None:
    document = json.loads(as_sarif(dossier))

    assert document["version"] == "2.1.0"
    told = document["runs"][0]
    assert [rule["id"] for rule in told["tool"]["driver"]["rules"]] == list(RULES)
    for result in told["results"]:
        assert told["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == RULES[result["ruleId"]][0]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "base.txt"}, "region": {"startLine": 1}}


def test_a_culprit_is_an_error_with_what_to_do() -> None:
    result = run(found.rejected())["results"][0]

    assert result["ruleId"] == "culprit"
    assert result["message"]["text"] == (
        "markupsafe 2.1.0 breaks this project: ImportError: cannot import name 'soft_unicode' from "
        "'markupsafe' (/env/markupsafe.py). Fails: the test command. Hold back: markupsafe<2.1.0. "
        "How sure: 99.99 %: with it alone the base fails (trial 3), without what is held back all "
        "passes (trial 4)."
    )
    assert result["properties"]["moves"] == [{"name": "markupsafe", "from": "2.0.1", "to": "2.1.0"}]


def test_a_finding_keeps_its_fingerprint() -> None:
    def marks(dossier: Dossier) -> list[str]:
        return [each["partialFingerprints"]["foretaste/v1"] for each in run(dossier)["results"]]

    again = found.blaming(found.culprit("markupsafe", confidence=0.5, failures=()))

    assert marks(found.rejected()) == marks(again)
    assert len(set(marks(found.several()))) == len(marks(found.several()))


def test_an_answer_that_was_not_reached_is_a_failure_of_the_check() -> None:
    invocation = run(found.undecided())["invocations"][0]

    assert not invocation["executionSuccessful"]
    said = invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert said == "undecided: the budget of 10 trials is used up"
    assert run(found.accepted())["invocations"][0]["executionSuccessful"]
    assert run(found.accepted())["tool"]["driver"]["version"] == "1.2"


def cases(dossier: Dossier) -> list[tuple[str, str]]:
    """Return the name of each case, and what became of it."""
    root = fromstring(as_junit(dossier).encode())
    return [
        (str(case.get("name")), case[0].tag if len(case) else "passed")
        for case in root.iter("testcase")
    ]


def test_junit_has_a_case_for_each_move() -> None:
    assert cases(found.several()) == [
        ("anyio 3.7.1 → 4.0.0", "failure"),
        ("click 7.1.2 → 8.1.0", "passed"),
        ("fastapi 0.99.1 → 0.100.0", "failure"),
        ("httpx 0.24.1 → 0.25.0", "skipped"),
        ("jinja2 2.11.3 → 3.1.0", "failure"),
        ("pydantic 1.10.9 → 2.0", "failure"),
        ("pydantic-core (absent) → 2.0.1", "passed"),
        ("six 1.16.0 → (absent)", "passed"),
        ("t.py::sometimes", "failure"),
    ]


def test_junit_tells_of_an_answer_that_was_not_reached_and_of_nothing_to_try() -> None:
    assert cases(found.undecided()) == [("click 7.1.2 → 8.1.0", "skipped"), ("verdict", "error")]
    assert cases(found.accepted(0)) == [("nothing newer is allowed", "passed")]


def test_junit_says_what_fails_and_what_to_hold_back() -> None:
    root: Element = fromstring(as_junit(found.rejected()).encode())

    told = root.find(".//failure")
    assert told is not None
    assert told.get("type") == "ImportError"
    assert str(told.get("message")).startswith("markupsafe 2.1.0 breaks this project: ImportError")
    assert str(told.text).startswith("hold back: markupsafe<2.1.0\nhow sure: 99.99 %")
    assert str(told.text).endswith(found.TRACE)
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "8.900",
    }


def test_a_runner_is_told_the_answer_first() -> None:
    assert as_annotations(found.rejected()) == (
        "::error title=foretaste check::rejected: markupsafe 2.1.0 breaks this project\n"
        "::error file=base.txt,title=markupsafe 2.1.0 breaks this project::ImportError: cannot "
        "import name 'soft_unicode' from 'markupsafe' (/env/markupsafe.py)%0AFails: the test "
        "command%0AHold back: markupsafe<2.1.0%0AHow sure: 99.99 %25: with it alone the base fails "
        "(trial 3), without what is held back all passes (trial 4)\n"
    )
    assert as_annotations(found.accepted()).startswith("::notice title=foretaste check::accepted")
    assert as_annotations(found.undecided()).startswith(
        "::warning title=foretaste check::undecided"
    )
    assert "::warning file=base.txt,title=unstable::t.py::sometimes" in as_annotations(
        found.several()
    )
    assert "title=foretaste notice::click 8.1.0 runs code" in as_annotations(found.several())


@given(st.one_of(st.text(), st.text(alphabet="::%,\n\r]](<&>'\"=error \x1b\u2028a")))
def test_nothing_from_outside_acts_in_another_tool(text: str) -> None:
    dossier = hostile(text)

    for line in as_annotations(dossier).removesuffix("\n").split("\n"):
        assert COMMAND_LINE.fullmatch(line)
    assert not re.search(
        r"\]\(", "".join(each["message"]["text"] for each in run(dossier)["results"])
    )
    root = fromstring(as_junit(dossier).encode())
    assert len(list(root.iter("testcase"))) == 3
    for form in FORMATS.values():
        assert all(c in {"\n", "\t", "\u2060"} or c.isprintable() for c in form(dossier))


@pytest.mark.parametrize(
    ("base_from", "place"),
    [
        ("base.txt", "base.txt"),
        ("--base requirements/base.txt", "requirements/base.txt"),
        ("uv.lock", "uv.lock"),
        ("what resolved as of the last commit", "pyproject.toml"),
        ("/somewhere/else/base.txt", "pyproject.toml"),
        ("../base.txt", "pyproject.toml"),
        ("a/../../base.txt", "pyproject.toml"),
        ("base.txt\n::error::x", "base.txt"),
        ("", "pyproject.toml"),
    ],
)
def test_a_finding_stands_at_the_file_of_the_base(base_from: str, place: str) -> None:
    assert base_file(found.subject(base_from=base_from)) == place


def test_rows_begin_with_the_culprits() -> None:
    assert [(row["name"], row["fate"], row["write"]) for row in rows(found.several())] == [
        ("anyio", "culprit", "anyio<4.0.0"),
        ("fastapi", "culprit", "fastapi<0.100.0"),
        ("jinja2", "culprit", "jinja2<3.1.0"),
        ("pydantic", "culprit", "pydantic<2.0"),
        ("httpx", "held", "httpx<0.25.0"),
        ("click", "accepted", ""),
        ("pydantic-core", "accepted", ""),
        ("six", "accepted", ""),
    ]
    free = replace(found.several(), hold_back={})
    assert {row["write"] for row in rows(free)} == {""}
    assert rows(found.building())[0]["name"] == "setuptools (build)"
    assert rows(found.undecided())[0]["fate"] == ""


@pytest.mark.parametrize("style", ["table", "json", "yaml", "csv", "value"])
def test_rows_come_out_in_every_format(style: str) -> None:
    assert "markupsafe<2.1.0" in render_list(rows(found.rejected()), COLUMNS, style, 200)
