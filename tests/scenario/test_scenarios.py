"""Whole worlds: every scenario file holds, in memory, on the real core and service."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.ports.errors import UserError
from foretaste.simulation.run import run_file

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "scenarios"
FILES = sorted([*(HERE / "cases").glob("*.toml"), *SHARED.glob("*.toml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_scenario_holds(path: Path) -> None:
    assert run_file(path).differences == ()


def test_a_scenario_that_does_not_hold_says_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        '[[project]]\nname = "R"\n[[job]]\nname = "J"\n[[change]]\nid = "A"\nproject = "R"\n'
        '[[step]]\ndo = "approve A"\n[[step]]\nexpect = { running = [], window = 7 }\n'
    )

    assert run_file(path).differences == (
        "step 2: running: expected [], got ['J[A]']",
        "step 2: window: expected 7, got 20",
    )


HEAD = """[[project]]
name = "R"
[[job]]
name = "J"
[[change]]
id = "A"
project = "R"
files = { "a.txt" = "mine" }
[[step]]
do = "approve A"
[[step]]
"""


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        ('merged = ["A"]', "merged: expected ['A'], got []"),
        ("queued = []", "queued: expected [], got ['A']"),
        ('failed = ["A"]', "failed: expected ['A'], got []"),
        ('builds = { "J[A]" = "passed" }', "builds: J[A] expected passed, got nothing"),
        ("count = { passed = 2 }", "count: passed expected 2, got 0"),
        ('never = ["J[A]"]', "never: J[A] was started"),
        ('reasons = { A = "CONFLICT" }', "reasons: A expected CONFLICT, got None"),
        ("reports = { A = 7 }", "reports: A expected 7, got 1"),
        ('tree = { R = { "a.txt" = "mine" } }', "tree: R a.txt expected 'mine', got None"),
    ],
)
def test_every_expectation_can_fail(tmp_path: Path, expected: str, differs: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(f"{HEAD}expect = {{ {expected} }}\n")

    assert run_file(path).differences == (f"step 2: {differs}",)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[[project]\n", "1", "is not TOML"),
        ('[[project]]\nname = "R"\nqeue = "q"\n', "3", "project.0.qeue"),
        ('[[project]]\nname = "R"\n[policy]\nwindow_decrease = "/0"\n', "4", "window_decrease"),
        ('[[project]]\nname = "R"\n[[change]]\nid = "A"\nproject = "X"\n', "5", "'X' is not there"),
        ('[[project]]\nname = "R"\n[[step]]\n', "3", "one `do` or one `expect`"),
    ],
)
def test_a_file_that_cannot_be_read_names_file_line_and_key(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)

    with pytest.raises(UserError) as caught:
        run_file(path)

    assert caught.value.where == f"{path}:{where}"
    assert what in caught.value.what


@pytest.mark.parametrize("line", ["aprove A", "finish J[A]", "depends A B", "set windw=1"])
def test_a_step_that_cannot_be_done_is_an_error(tmp_path: Path, line: str) -> None:
    path = tmp_path / "step.toml"
    path.write_text(
        f'[[project]]\nname = "R"\n[[change]]\nid = "A"\nproject = "R"\n[[step]]\ndo = "{line}"\n'
    )

    with pytest.raises(UserError, match=line.split(maxsplit=1)[0]):
        run_file(path)
