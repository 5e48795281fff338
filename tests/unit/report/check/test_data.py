"""The JSON of a check is its contract's, to the letter; the rest stands beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foretaste.report.check.data import as_json, moment
from foretaste.report.check.files import ANSWER, REPORT, REPRODUCE, report_files
from foretaste.taste.dossier import Dossier
from tests.unit.report.check import found
from tests.unit.report.test_bisected import FOUND

# The design, section 7: every key that is promised, with the type of its value.
CONTRACT: dict[str, type] = {
    "verdict": str,
    "baseline": str,
    "culprits": list,
    "hold_back": dict,
    "accepted": dict,
    "flaky": list,
    "trials": int,
    "seconds": dict,
    "report": str,
    "reproduce": str,
}
EVERY = [
    found.rejected(),
    found.several(),
    found.accepted(),
    found.accepted(0),
    found.undecided(),
    found.unstable("t"),
]


@pytest.mark.parametrize("dossier", EVERY)
def test_every_answer_has_the_keys_of_the_contract_first(dossier: Dossier) -> None:
    data = json.loads(json.dumps(as_json(dossier)))

    assert list(data)[: len(CONTRACT)] == list(CONTRACT)
    assert all(isinstance(data[key], kind) for key, kind in CONTRACT.items())
    assert data["verdict"] in {"accept", "reject", "undecided"}
    assert data["baseline"] in {"passed", "flaky", "failed"}
    assert set(data["seconds"]) == {"resolve", "install", "test", "total"}


def test_a_culprit_is_told_as_the_contract_has_it() -> None:
    data = as_json(found.rejected(), "out/report.md", "out/reproduce.sh")

    culprit = data["culprits"][0]
    assert culprit["set"] == [{"name": "markupsafe", "from": "2.0.1", "to": "2.1.0"}]
    assert culprit["confidence"] == 0.99993
    assert culprit["failure"] == {
        "type": "ImportError",
        "message": "cannot import name 'soft_unicode' from 'markupsafe' (/env/markupsafe.py)",
        "tests": ["(command)"],
        "trace": found.TRACE,
        "hung": False,
    }
    assert culprit["confirmed"] == {"alone": 3, "without": 4}
    assert culprit["cap"] == ["markupsafe<2.1.0"]
    assert culprit["caught_after"] == 7500.0
    assert "markupsafe==2.0.1" in culprit["passes_with"]
    assert "markupsafe==2.1.0" in culprit["fails_with"]
    assert data["hold_back"] == {"markupsafe": "<2.1.0"}
    assert data["accepted"] == {"click": "8.1.0"}
    assert data["trials"] == 4
    assert (data["report"], data["reproduce"]) == ("out/report.md", "out/reproduce.sh")


def test_several_culprits_are_several_sets() -> None:
    data = as_json(found.several())

    assert [[each["name"] for each in culprit["set"]] for culprit in data["culprits"]] == [
        ["fastapi", "pydantic"],
        ["anyio"],
        ["jinja2"],
    ]
    assert data["culprits"][0]["needed"] == [{"name": "pydantic-core", "from": None, "to": "2.0.1"}]
    assert data["culprits"][1]["failure"]["hung"]
    assert data["flaky"] == [{"test": "t.py::flaky", "rate": 0.22}]
    assert data["already_failing"] == ["t.py::red"]
    assert data["unstable"] == ["t.py::sometimes"]
    assert data["removed"] == ["six"]
    assert data["moved_forward"] == [
        {"name": "jinja2", "from": "2.11.3", "to": "3.0.3", "fails": ["3.1.0"]}
    ]
    assert data["oracles"] == [
        {"oracle": "imports", "of": "jinja2", "text": "no jinja2.Markup any more"}
    ]
    assert {notice["kind"] for notice in data["notices"]} == {
        "starts",
        "scripts",
        "plugins",
        "yanked",
        "dropped",
    }
    assert data["warnings"] == ["DeprecationWarning: old", "UserWarning: new"]


def test_what_was_run_and_moved_is_told() -> None:
    data = as_json(found.rejected())

    assert data["runs"][1] == {
        "number": 2,
        "moved": ["click", "markupsafe"],
        "part": [],
        "outcome": "failed",
        "failed": 1,
        "seconds": 0.5,
        "why": "",
    }
    assert data["moves"][1] == {
        "name": "markupsafe",
        "from": "2.0.1",
        "to": "2.1.0",
        "fate": "held",
        "why": "culprit",
        "uploaded": "2022-02-18T21:55:00Z",
    }
    assert data["as_of"] == "2022-02-19T00:00:00Z"
    assert data["base_as_of"] is None
    assert data["summary"] == "rejected: markupsafe 2.1.0 breaks this project"


def test_a_culprit_whose_failure_nobody_told_has_none() -> None:
    data = as_json(found.blaming(found.culprit("markupsafe", failures=())))

    assert data["culprits"][0]["failure"] == {
        "type": "",
        "message": "",
        "tests": [],
        "trace": "",
        "hung": False,
    }


def test_what_builds_the_project_says_so() -> None:
    data = as_json(found.building())

    assert data["culprits"][0]["set"] == [
        {"name": "setuptools", "from": "77.0", "to": "78.0.1", "builds": True}
    ]
    assert data["hold_back"] == {"setuptools": "<78.0.1"}
    assert data["culprits"][0]["fails_with"] == ["click==7.1.2"]


def test_the_commit_that_broke_it_comes_along() -> None:
    assert as_json(found.several())["upstream"] is None
    assert as_json(found.several(upstream=FOUND))["upstream"]["found"]


def test_a_base_that_fails_says_how() -> None:
    data = as_json(found.undecided("", broken=(found.failure("t::a"),)))

    assert data["base_failures"] == [
        {
            "test": "t::a",
            "type": "ImportError",
            "message": "cannot import name 'soft_unicode' from 'markupsafe' (/env/markupsafe.py)",
            "trace": found.TRACE,
            "hung": False,
        }
    ]


def test_a_time_is_in_utc() -> None:
    assert moment(found.FEBRUARY + 1) == "2022-02-19T00:00:01Z"
    assert moment(0.0) is None


def test_a_report_is_a_page_a_script_and_the_answer() -> None:
    files: dict[str, Any] = report_files(found.rejected(), "out/")

    assert list(files) == [REPORT, REPRODUCE, ANSWER]
    answer = json.loads(files[ANSWER])
    assert answer["report"] == "out/report.md"
    assert answer["reproduce"] == "out/reproduce.sh"


def test_there_is_no_script_where_nobody_is_blamed() -> None:
    files = report_files(found.accepted())

    assert list(files) == [REPORT, ANSWER]
    assert json.loads(files[ANSWER])["report"] == "report.md"
    assert json.loads(files[ANSWER])["reproduce"] == ""
