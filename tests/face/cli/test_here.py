"""The commands of this machine: they pass on what was asked, and show what came of it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import foretaste.wiring
from foretaste.cli.demo import summary_text
from foretaste.ports.errors import UserError
from foretaste.service.starts import Audience, DemoOptions, ServeOptions
from foretaste.web.app import create_app
from tests.face.cli.conftest import Terminal
from tests.fakes.sample_gate import GATE

SUMMARY = {
    "merged": [{"project": "click", "change": "18", "commit": "0123456789abcdef"}],
    "rejected": [
        {
            "project": "werkzeug",
            "change": "19",
            "reason": "JOB_FAILED",
            "because": "tests[19] failed: t::\x1bb.",
            "tests": ["t::a", "t::\x1bb"],
        },
        {
            "project": "jinja2",
            "change": "22",
            "reason": "JOB_FAILED",
            "because": "",
            "tests": ["t::c"],
        },
        {
            "project": "flask",
            "change": "21",
            "reason": "DEPENDENCY_FAILED",
            "because": "19",
            "tests": [],
        },
        {"project": "flask", "change": "20", "reason": "CONFLICT", "because": "", "tests": []},
    ],
    "builds": 31,
    "seconds": 200.4,
    "url": "http://127.0.0.1:8414",
    "branches": [{"project": "click", "branch": "main", "tree": "0" * 40, "tested": True}],
}


def serving(monkeypatch: pytest.MonkeyPatch) -> list[ServeOptions]:
    """Serve nothing, and return the list that is filled with what was asked for."""
    asked: list[ServeOptions] = []

    def serve(options: ServeOptions, make_app: object, say: Callable[[str], None]) -> None:
        assert make_app is create_app
        say("the gate is at http://127.0.0.1:8414")
        asked.append(options)

    monkeypatch.setattr(foretaste.wiring, "serve", serve)
    return asked


def test_serve_passes_on_every_option(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = serving(monkeypatch)
    for name in ("cert", "key"):
        (tmp_path / name).write_text("pem", encoding="utf-8")

    ran = terminal(
        *("serve", "--dir", str(tmp_path), "--host", "0.0.0.0", "--port", "0", "--workers", "3"),  # noqa: S104
        *("--tls-cert", str(tmp_path / "cert"), "--tls-key", str(tmp_path / "key")),
        *("--insecure-bind", "--allow-unsandboxed", "--offline"),
    )

    assert ran.status == 0
    assert asked == [
        ServeOptions(
            directory=tmp_path,
            host="0.0.0.0",  # noqa: S104
            port=0,
            tls_cert=tmp_path / "cert",
            tls_key=tmp_path / "key",
            insecure_bind=True,
            workers=3,
            allow_unsandboxed=True,
            offline=True,
        )
    ]


def test_serve_is_careful_when_nothing_is_said(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serving(monkeypatch)
    terminal.env["FORETASTE_SERVE_PORT"] = "9999"

    ran = terminal("serve")

    assert (ran.status, ran.out, ran.err) == (0, "", "the gate is at http://127.0.0.1:8414\n")
    assert asked == [ServeOptions(directory=Path(".foretaste"), port=9999)]


def test_a_certificate_without_its_key_is_refused(terminal: Terminal) -> None:
    ran = terminal("serve", "--tls-cert", __file__)

    assert (ran.status, ran.err.splitlines()[0]) == (
        2,
        "error[FT001]: --tls-cert and --tls-key go together",
    )


def acted(options: DemoOptions, make_app: object, audience: Audience) -> None:
    """Play a short demo to the audience."""
    assert options.keep
    assert make_app is create_app
    audience.say("bringing in six projects")
    audience.show(GATE)
    audience.show(GATE)
    audience.end(SUMMARY)
    audience.show(GATE)


def test_a_demo_tells_each_change_once_and_ends_with_its_summary(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foretaste.wiring, "demo", acted)

    ran = terminal("demo", "--keep")

    assert ran.status == 0
    assert ran.out == summary_text(SUMMARY)
    assert ran.err.splitlines()[:3] == [
        "bringing in six projects",
        "21 markupsafe passed: It passed everything and is landing.",
        "19 werkzeug failing: Job tests[3.11] failed; it is reported when 21 has landed.",
    ]
    assert len(ran.err.splitlines()) == len(set(ran.err.splitlines()))


def test_a_demo_without_progress_prints_its_data_only(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foretaste.wiring, "demo", acted)

    ran = terminal("demo", "--keep", "--json", "--no-progress")

    assert json.loads(ran.out) == SUMMARY
    assert ran.err == "bringing in six projects\n"
    column = terminal("demo", "--keep", "-q", "-f", "value", "-c", "builds")
    assert (column.out, column.err) == ("31\n", "")


def test_a_summary_names_what_landed_and_why_the_rest_did_not() -> None:
    assert summary_text(SUMMARY) == (
        "landed: 1 change\n"
        "  click 18 as 0123456789ab\n"
        "rejected: 4 changes\n"
        "  werkzeug 19: JOB_FAILED: tests[19] failed: t::\\x1bb.\n"
        "  jinja2 22: JOB_FAILED: t::c\n"
        "  flask 21: DEPENDENCY_FAILED because of change 19\n"
        "  flask 20: CONFLICT\n"
        "31 builds in 3 min 20 s\n"
        "1 branch compared: each holds the tree tested last\n"
    )


def simulated(file: Path, on: str) -> Mapping[str, Any]:
    """Hold for every file but one."""
    if file.name == "broken.toml":
        raise UserError("FT602", "is not TOML", where=f"{file}:1")
    ok = file.name != "differs.toml"
    return {
        "file": str(file),
        "title": on,
        "ok": ok,
        "differences": [] if ok else ["step 3: merged: expected A"],
        "story": ["1 …"],
    }


@pytest.mark.parametrize(
    ("files", "status", "out"),
    [
        (["a.toml"], 0, "a.toml: ok\n"),
        (
            ["a.toml", "differs.toml"],
            1,
            "a.toml: ok\ndiffers.toml: differs\n  step 3: merged: expected A\n",
        ),
        (["broken.toml"], 2, ""),
    ],
)
def test_scenarios_say_what_differs(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    files: list[str],
    status: int,
    out: str,
) -> None:
    monkeypatch.setattr(foretaste.wiring, "simulate", simulated)

    ran = terminal("simulate", *files)

    assert (ran.status, ran.out) == (status, out)


def test_scenarios_in_json_have_the_shape_of_the_contract(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foretaste.wiring, "simulate", simulated)

    ran = terminal("simulate", "--on", "git", "--json", "a.toml", "-v")

    assert json.loads(ran.out) == {
        "scenarios": [{"file": "a.toml", "ok": True, "differences": [], "story": ["1 …"]}]
    }
    assert ran.err == "running a.toml\n"
    assert terminal("simulate", "a.toml", "-f", "csv", "-c", "title").out == "title\nmemory\n"


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1)])
def test_the_doctor_tells_a_script_whether_all_is_well(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, *, ok: bool, status: int
) -> None:
    probe = {"probe": "git", "ok": ok, "found": "/usr/bin/git", "hint": ""}
    monkeypatch.setattr(foretaste.wiring, "examine", lambda: iter([probe]))

    ran = terminal("doctor", "--json")

    assert (ran.status, json.loads(ran.out)) == (status, [probe])


def test_a_token_is_made_listed_and_revoked(terminal: Terminal, tmp_path: Path) -> None:
    terminal.env["FORETASTE_DIR"] = str(tmp_path)

    made = terminal("token", "new", "ann", "--role", "approve", "--role", "push")
    assert made.status == 0
    assert made.out.startswith("ft_")
    identity = made.out.split("_")[1]
    listed = terminal("token", "list", "-f", "value", "-c", "id", "-c", "name", "-c", "roles")
    assert listed.out == f"{identity} ann approve, push\n"
    assert made.out.strip().rpartition("_")[2] not in terminal("token", "list", "--json").out
    assert terminal("token", "revoke", identity).status == 0
    assert terminal("token", "list", "-f", "value", "-c", "revoked").out == "yes\n"
    unknown = terminal("token", "revoke", "nobody")
    assert (unknown.status, unknown.err[:12]) == (2, "error[FT007]")
    assert terminal("token", "new", "a b", "--role", "push").status == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_is_printed_for_each_shell(terminal: Terminal, shell: str) -> None:
    assert "_FORETASTE_COMPLETE" in terminal("completion", shell).out


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"', "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("import pytest\ndef test_x(): pass\n", "utf-8")
    return tmp_path


def test_init_shows_first_and_writes_only_when_told_to(terminal: Terminal, project: Path) -> None:
    before = (project / "pyproject.toml").read_text("utf-8")

    shown = terminal("init", str(project))
    assert (shown.status, (project / "pyproject.toml").read_text("utf-8")) == (1, before)
    written = terminal("init", str(project), "--yes")
    assert (written.status, written.out) == (0, shown.out)
    assert (project / "pyproject.toml").read_text("utf-8") == f"{before}\n\n{shown.out}"
    again = terminal("init", str(project), "--yes")
    assert (again.status, again.err[:12]) == (2, "error[FT008]")


def test_init_asks_at_a_terminal(
    terminal: Terminal, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foretaste.cli.init.at_a_terminal", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: "y")

    assert terminal("init", str(project)).status == 0
    assert "[tool.foretaste]" in (project / "pyproject.toml").read_text("utf-8")


def test_init_makes_the_file_where_there_is_none(terminal: Terminal, project: Path) -> None:
    (project / "pyproject.toml").unlink()

    ran = terminal("init", str(project), "--yes")

    assert (project / "pyproject.toml").read_text("utf-8") == ran.out


def test_init_says_when_it_cannot_write(terminal: Terminal, project: Path) -> None:
    (project / "pyproject.toml").unlink()
    (project / "pyproject.toml").mkdir()

    ran = terminal("init", str(project), "--yes")

    assert (ran.status, ran.err.splitlines()[0]) == (
        2,
        "error[FT008]: it cannot be written: Is a directory",
    )


def test_the_configuration_is_shown_with_where_it_was_said(
    terminal: Terminal, project: Path
) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.foretaste]\ngate = ["t"]\n[tool.foretaste.job.t]\nrun = "true"\n')

    plain = terminal("config", "show", str(project))
    origin = terminal("config", "show", str(project), "--origin")

    assert plain.out.splitlines()[0].split() == ["key", "value"]
    line = next(line for line in origin.out.splitlines() if line.startswith("job.t.run"))
    assert line.split() == ["job.t.run", '"true"', "pyproject.toml:7"]


def test_every_mistake_in_a_configuration_is_told_at_once(
    terminal: Terminal, project: Path
) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.foretaste]\ngat = []\ngate = ["nope"]\n')

    ran = terminal("config", "show", str(project))

    assert ran.status == 2
    assert ran.err.startswith("error[FT200]: 2 mistakes in the configuration\n  pyproject.toml:")
    assert "gat" in ran.err
    assert "nope" in ran.err


def test_a_single_mistake_is_told_once(terminal: Terminal, project: Path) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.foretaste]\ngate = ["t"]\njob.t = { run = "true", timout = "3s" }\n')

    ran = terminal("config", "show", str(project))

    head, where, hint = ran.err.splitlines()
    assert head == "error[FT203]: tool.foretaste.job.t.timout: there is no such key"
    assert where.startswith("  at pyproject.toml:")
    assert hint == "hint: did you mean timeout?"


def test_what_is_refused_stays_on_its_line(terminal: Terminal) -> None:
    ran = terminal("token", "new", "ann")

    assert ran.status == 2
    assert ran.err.startswith("error[FT001]: Missing option '--role'. Choose from: push, approve,")


def test_a_hold_without_a_reason_is_refused_here(terminal: Terminal) -> None:
    ran = terminal("hold", "--why", " ")

    assert ran.status == 2
    assert "--why says nothing" in ran.err


def test_a_demo_that_is_stopped_is_no_success(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def demo(*_given: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(foretaste.wiring, "demo", demo)

    assert terminal("demo").status == 130
