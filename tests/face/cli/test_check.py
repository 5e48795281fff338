"""`foretaste check` passes on what was asked, prints what was found as asked, and ends as it must."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import foretaste.wiring
from foretaste.ports.errors import PermanentError, PortError, TransientError, UserError
from foretaste.service.starts import CheckOptions, Voices
from foretaste.taste.dossier import Dossier
from tests.face.cli.conftest import Terminal
from tests.unit.report.check import found


@dataclass(slots=True)
class Acting:
    """Finds what a test says, and keeps what was asked; speaks once in each voice."""

    answer: Dossier | PortError = field(default_factory=found.accepted)
    written: Mapping[str, str] = field(default_factory=dict)
    asked: list[CheckOptions] = field(default_factory=list)

    def check(self, options: CheckOptions, voices: Voices) -> tuple[Dossier, Mapping[str, str]]:
        """Answer."""
        self.asked.append(options)
        voices.say("a step")
        voices.detail("a detail")
        if isinstance(self.answer, PortError):
            raise self.answer
        return self.answer, self.written


@pytest.fixture(name="acting")
def acting_fixture(monkeypatch: pytest.MonkeyPatch) -> Acting:
    acting = Acting()
    monkeypatch.setattr(foretaste.wiring, "check", acting.check)
    return acting


def test_nothing_said_is_the_project_here_with_everything_newer(
    terminal: Terminal, acting: Acting
) -> None:
    ran = terminal("check")

    assert ran.status == 0
    assert acting.asked == [CheckOptions()]


def test_every_option_is_passed_on(terminal: Terminal, acting: Acting, tmp_path: Path) -> None:
    base = tmp_path / "base.txt"
    base.write_text("a==1\n", encoding="utf-8")

    ran = terminal(
        *("check", "a==2", "b<3", "--project", str(tmp_path), "--test", "pytest", "--job", "t"),
        *("--python", "3.9", "--base", str(base), "--as-of", "2026-01-31"),
        *("--base-as-of", "2026-01-30T12:00:00+02:00", "--jobs", "3", "--budget", "9"),
        *("--confidence", "0.9", "--timeout", "1h30m", "--report", str(tmp_path / "out")),
        *("--oracle", "imports", "--oracle", "previous-tests", "--with", "a@x", "--with", "b@y"),
        *("--bisect-upstream", "up", "--offline", "--allow-unsandboxed"),
    )

    assert ran.status == 0, ran.err
    assert acting.asked == [
        CheckOptions(
            project=tmp_path,
            releases=("a==2", "b<3"),
            command="pytest",
            job="t",
            python="3.9",
            base=base,
            as_of=datetime(2026, 1, 31, tzinfo=UTC),
            base_as_of=datetime(2026, 1, 30, 10, tzinfo=UTC),
            slots=3,
            budget=9,
            confidence=0.9,
            timeout=5400.0,
            report=tmp_path / "out",
            oracles=("imports", "previous-tests"),
            patches=("a@x", "b@y"),
            upstream="up",
            offline=True,
            allow_unsandboxed=True,
        )
    ]


def test_every_option_can_be_set_in_the_environment(
    terminal: Terminal, acting: Acting, tmp_path: Path
) -> None:
    said = {
        "PROJECT": str(tmp_path),
        "TEST": "pytest -q",
        "JOB": "t",
        "PYTHON": "3.9",
        "AS_OF": "2026-01-31T12:00:00Z",
        "BASE_AS_OF": "2026-01-30",
        "JOBS": "3",
        "BUDGET": "9",
        "CONFIDENCE": "0.9",
        "TIMEOUT": "90s",
        "REPORT": "out",
        "ORACLE": "imports",
        "WITH": "a@x b@y",
        "BISECT_UPSTREAM": "up",
        "ALLOW_UNSANDBOXED": "1",
    }
    terminal.env |= {f"FORETASTE_CHECK_{name}": value for name, value in said.items()}
    terminal.env |= {"FORETASTE_OFFLINE": "1"}

    ran = terminal("check")

    assert ran.status == 0, ran.err
    assert acting.asked == [
        CheckOptions(
            project=tmp_path,
            command="pytest -q",
            job="t",
            python="3.9",
            as_of=datetime(2026, 1, 31, 12, tzinfo=UTC),
            base_as_of=datetime(2026, 1, 30, tzinfo=UTC),
            slots=3,
            budget=9,
            confidence=0.9,
            timeout=90.0,
            report=Path("out"),
            oracles=("imports",),
            patches=("a@x", "b@y"),
            upstream="up",
            offline=True,
            allow_unsandboxed=True,
        )
    ]
    terminal("check", "--test", "mine", "--jobs", "1")
    assert (acting.asked[-1].command, acting.asked[-1].slots) == ("mine", 1)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--as-of", "yesterday"], "'yesterday' is no date; write 2026-01-31 or"),
        (["--as-of", "2026-02-30"], "'2026-02-30' is no date"),
        (["--base-as-of", "0001-01-01T00:00:00+14:00"], "is no date"),
        (["--timeout", "soon"], "'soon': not a duration; write"),
        (["--timeout", "25h"], "a time-out is between 1s and 24h"),
        (["--budget", "1"], "1 is not in the range x>=2"),
        (["--confidence", "1"], "1.0 is not in the range 0.5<=x<1.0"),
        (["--jobs", "-1"], "-1 is not in the range x>=0"),
        (["--base", "nowhere.txt"], "File 'nowhere.txt' does not exist"),
        (["--project", "nowhere"], "Directory 'nowhere' does not exist"),
        (["--oracle", "delphi"], "'delphi' is not one of 'imports', 'previous-tests'"),
        (["--format", "html"], "'html' is not one of"),
    ],
)
def test_what_is_not_written_as_it_must_be_is_told(
    terminal: Terminal, acting: Acting, arguments: list[str], what: str
) -> None:
    ran = terminal("check", *arguments)

    assert (ran.status, ran.out, acting.asked) == (2, "", [])
    assert ran.err.startswith("error[FT001]: ")
    assert what in ran.err
    assert "foretaste check --help" in ran.err


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (found.accepted(), 0),
        (found.rejected(), 1),
        (found.undecided(), 3),
        (UserError("FT903", "'?' is no requirement"), 2),
        (TransientError("FT623", "the index is out of reach"), 3),
        (PermanentError("FT640", "no sandbox"), 3),
    ],
)
def test_the_exit_code_tells_the_verdict(
    terminal: Terminal, acting: Acting, answer: Dossier | PortError, status: int
) -> None:
    acting.answer = answer

    ran = terminal("check", "-q")

    assert ran.status == status
    assert bool(ran.out) is isinstance(answer, Dossier)
    assert ran.err.startswith("error[FT") is isinstance(answer, PortError)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], ["a step"]),
        (["-v"], ["a step", "a detail"]),
        (["-q"], []),
        (["-q", "-v"], []),
        (["--no-progress"], []),
        (["--no-progress", "-v"], ["a detail"]),
    ],
)
def test_steps_are_told_on_standard_error_and_details_when_asked(
    terminal: Terminal, acting: Acting, arguments: list[str], said: list[str]
) -> None:
    ran = terminal("check", *arguments)

    assert acting.asked
    assert ran.err.splitlines() == said


def printed(terminal: Terminal, acting: Acting, *arguments: str) -> str:
    """What is printed of a rejected release."""
    acting.answer = found.rejected()
    acting.written = {"report": "out/report.md", "reproduce": "out/reproduce.sh"}
    ran = terminal("check", "-q", *arguments)
    assert (ran.status, ran.err) == (1, "")
    return ran.out


def test_people_read_the_verdict_and_where_the_report_is(
    terminal: Terminal, acting: Acting
) -> None:
    out = printed(terminal, acting)

    assert "markupsafe 2.1.0" in out
    assert "out/report.md" in out
    assert "\x1b" not in out
    assert "\x1b[" in printed(terminal, acting, "--color", "always")


def test_json_and_yaml_are_the_contracts_record(terminal: Terminal, acting: Acting) -> None:
    said = json.loads(printed(terminal, acting, "--json"))

    assert said["verdict"] == "reject"
    assert said["culprits"][0]["set"] == [{"name": "markupsafe", "from": "2.0.1", "to": "2.1.0"}]
    assert said["hold_back"] == {"markupsafe": "<2.1.0"}
    assert said["accepted"] == {"click": "8.1.0"}
    assert (said["report"], said["reproduce"]) == ("out/report.md", "out/reproduce.sh")
    assert yaml.safe_load(printed(terminal, acting, "-f", "yaml")) == said


def test_lines_are_one_a_move(terminal: Terminal, acting: Acting) -> None:
    csv = printed(terminal, acting, "-f", "csv").splitlines()
    names = printed(terminal, acting, "-f", "value", "-c", "name").split()

    assert len(csv) == 3
    assert "name" in csv[0].split(",")
    assert names == ["markupsafe", "click"]
    chosen = json.loads(printed(terminal, acting, "--json", "-c", "name"))
    assert chosen == [{"name": "markupsafe"}, {"name": "click"}]


def test_a_column_that_is_not_there_is_told_before_anything_is_run(
    terminal: Terminal, acting: Acting
) -> None:
    ran = terminal("check", "-q", "-c", "colour")

    assert acting.asked == []
    assert ran.err.startswith("error[FT002]: there is no column 'colour'")
    assert ran.status == 2


@pytest.mark.parametrize(
    ("style", "begins", "holds"),
    [
        ("markdown", "#", "markupsafe"),
        ("sarif", "{", '"version": "2.1.0"'),
        ("junit", "<?xml", "<testsuite"),
        ("github", "::error", "markupsafe"),
    ],
)
def test_files_for_other_tools_are_printed_as_they_are(
    terminal: Terminal, acting: Acting, style: str, begins: str, holds: str
) -> None:
    out = printed(terminal, acting, "-f", style)

    assert out.startswith(begins)
    assert holds in out
