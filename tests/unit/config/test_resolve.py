"""A job is what its own table, its templates and the defaults make of it; the nearest counts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from foretaste.config.checks import Known
from foretaste.config.gate import GateSettings, load_gate
from foretaste.config.load import load_project
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.resolve import Resolved
from foretaste.config.tree import GivenTree
from foretaste.core.names import JobName
from foretaste.service.jobs import resolved_in

GATE = b"""
[template.slow]
template = "ours"
timeout = "1h"
env = { A = "slow", B = "slow" }

[template.ours]
template = "pytest"
timeout = "30m"
voting = false
env = { A = "ours", C = "ours" }

[project.app]
"""


def resolved(text: bytes, gate: bytes = GATE, **files: bytes) -> Resolved:
    tree = GivenTree(files={"foretaste.toml": text, "setup.py": b"", **files})
    return resolved_in(tree, "app", load_gate(gate))


def test_the_nearest_table_counts_and_env_is_put_together() -> None:
    job = resolved(
        b'gate = ["t"]\njob.t.template = "slow"\njob.t.env = { A = "own" }\njob.t.install = []\n'
    ).definitions[JobName("t")]

    assert job.timeout == 3600
    assert not job.voting
    assert job.env == {"A": "own", "B": "slow", "C": "ours"}
    assert job.install == ()
    assert job.evidence == "junit"
    assert "pytest" in job.run


def test_defaults() -> None:
    job = resolved(b'gate = ["t"]\njob.t.run = "true"\n').definitions[JobName("t")]

    assert (job.timeout, job.voting, job.network, job.evidence) == (900, True, False, "")
    assert (job.python, job.install, job.needs, job.note) == ("", (".",), (), "")
    assert job.command == "set -e\ntrue"


def test_a_list_of_pythons_is_a_matrix_and_one_is_not() -> None:
    found = resolved(
        b'check = ["m[3.13]", "s"]\ngate = ["m", "s"]\n'
        b'job.m = { run = "true", python = ["3.11", "3.13"] }\njob.s = { run = "true", python = "3.12" }\n'
    )

    assert {name: each.python for name, each in found.definitions.items()} == {
        "m[3.11]": "3.11",
        "m[3.13]": "3.13",
        "s": "3.12",
    }
    assert found.pipelines["check"] == ("m[3.13]", "s")
    assert found.pipelines["gate"] == ("m[3.11]", "m[3.13]", "s")


def test_the_environment_is_every_jobs() -> None:
    job = resolved(
        b'gate = ["t"]\njob.t.run = "true"\n[environment]\npython = "3.12"\n'
        b'preinstall = ["setuptools==57.5.0"]\nbuild-constraints = ["cython<3"]\n'
    ).definitions[JobName("t")]

    assert job.python == "3.12"
    assert job.preinstall == ("setuptools==57.5.0",)
    assert job.build_constraints == ("cython<3",)


def test_an_environment_alone_says_nothing_of_jobs() -> None:
    found = resolved(b'environment.python = "3.12"\n', **{"tests/test_a.py": b"import pytest"})

    job = found.definitions[JobName("tests")]
    assert job.python == "3.12"
    assert job.note == "tests/ with pytest"


def test_what_the_gate_holds_wins_and_adds() -> None:
    held = (
        (b'gate = ["a", "own"]\njob.a.run = "held"\njob.b.run = "held"\njob.own.run = "held"\n')
        .replace(b"job.", b"project.app.job.")
        .replace(b"gate =", b"project.app.gate =")
    )

    found = resolved(
        b'gate = ["c", "a"]\njob.c = { run = "c", needs = ["b"] }\njob.a.run = "true"', held
    )

    assert found.pipelines["gate"] == ("a", "own", "c")
    assert {name: each.run for name, each in found.definitions.items()} == {
        "a": "held",
        "b": "held",
        "c": "c",
        "own": "held",
    }


def test_a_trusted_project_may_have_the_network() -> None:
    text = b'gate = ["t"]\njob.t = { run = "true", network = true }\n'

    assert resolved(text, b"project.app.trusted = true").definitions[JobName("t")].network


def test_a_job_of_the_gate_may_have_the_network_for_any_project() -> None:
    gate = b'project.app = { gate = ["t"], job.t = { run = "true", network = true } }\n'

    assert resolved(b"", gate).definitions[JobName("t")].network


def test_a_template_that_cannot_be_filled_is_told_where_it_is_named() -> None:
    text = b'gate = ["t"]\n[job.t]\ntemplate = "docs"\n[job.u]\ntemplate = "tox"\n'

    with pytest.raises(ConfigurationError) as caught:
        resolved(text)

    assert [(each.where, each.key, each.code) for each in caught.value.mistakes] == [
        ("foretaste.toml:3", "job.t.template", "FT212"),
        ("foretaste.toml:5", "job.u.template", "FT212"),
    ]


def test_without_a_gate_to_ask_names_are_not_checked() -> None:
    text = (
        b'job.t = { run = "true", with = ["x"], semaphore = "y", services = ["z"], network = true }'
    )

    found = load_project(GivenTree(files={"foretaste.toml": text}), Known())

    assert found is not None
    assert found.says_jobs


def test_the_gates_own_project_has_a_job_even_where_it_names_none() -> None:
    found = resolved_in(GivenTree(files={}), "gate", GateSettings())

    assert found.pipelines["gate"] == ("settings",)


def test_the_gates_own_project_may_name_its_jobs() -> None:
    text = b'[project.gate]\ngate = ["mine"]\njob.mine.run = "true"\n'

    found = resolved_in(GivenTree(files={"foretaste.toml": text}), "gate", GateSettings())

    assert found.pipelines["gate"] == ("mine",)


# ---- The command, run by a real shell -----------------------------------------------------------


def run(command: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an executor does."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **env},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_first_line_that_fails_ends_the_job(tmp_path: Path) -> None:
    job = resolved(b'gate = ["t"]\njob.t.run = """\nfalse\ntrue\n"""\n').definitions[JobName("t")]

    assert run(job.command, tmp_path).returncode == 1


def test_a_command_of_ones_own_is_told_where_the_report_goes(tmp_path: Path) -> None:
    text = b'gate = ["t"]\njob.t = { run = "echo $PYTEST_ADDOPTS", evidence = "junit" }\n'
    job = resolved(text).definitions[JobName("t")]

    done = run(job.command, tmp_path, FORETASTE_JUNIT="/out/a b.xml", PYTEST_ADDOPTS="-q")

    assert done.stdout == "--junitxml='/out/a b.xml' -q\n"


def test_a_command_that_knows_of_the_report_is_left_alone() -> None:
    text = b"gate = ['t']\njob.t = { run = 'x > \"$FORETASTE_JUNIT\"', evidence = 'junit' }\n"

    assert "PYTEST_ADDOPTS" not in resolved(text).definitions[JobName("t")].command


@pytest.mark.parametrize("name", ["it's", "$(touch x)", "a\\nb", "`touch x`", "\x1b[31m"])
def test_what_was_found_is_said_whatever_it_is(name: str, tmp_path: Path) -> None:
    tox = f"[testenv]\ndeps = {name} @ file:///x\ncommands = true\n".encode()
    tree = GivenTree(files={"tox.ini": tox})

    job = resolved_in(tree, "app", load_gate(b"[project.app]")).definitions[JobName("tests")]
    done = run(job.command, tmp_path)

    assert done.returncode == 0
    assert done.stdout == (
        "foretaste found: tox.ini, [testenv]; left out what could not be read: "
        f"{name.replace(chr(27), '?')} @ file:///x\n"
    )
    assert list(tmp_path.iterdir()) == []
