"""What a configuration comes to, with where each value was said; and settings written as text."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.config.gate import load_gate
from foretaste.config.local import resolve_locally
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.resolve import resolve
from foretaste.config.show import Row, gate_rows, project_rows
from foretaste.config.tree import FolderTree, GivenTree
from foretaste.config.written import propose, toml, value

PYPROJECT = b"""
[project]
name = "app"

[tool.foretaste]
check = ["tests"]
gate = ["tests"]

[tool.foretaste.job.tests]
template = "pytest"
env = { A = "1" }

[tool.foretaste.environment]
python = "3.12"
"""


def rows(found: tuple[Row, ...]) -> dict[str, tuple[str, str]]:
    return {row.key: (row.value, row.origin) for row in found}


def test_each_value_has_its_origin() -> None:
    shown = rows(project_rows(resolve_locally(GivenTree(files={"pyproject.toml": PYPROJECT}))))

    assert shown["gate"] == ('["tests"]', "pyproject.toml:7")
    assert shown["post"] == ("[]", "default")
    assert shown["environment.python"] == ('"3.12"', "pyproject.toml:14")
    assert shown["job.tests.template"] == ('"pytest"', "pyproject.toml:10")
    assert shown["job.tests.env"] == ('{ A = "1" }', "pyproject.toml:11")
    assert shown["job.tests.evidence"] == ('"junit"', "template pytest")
    assert shown["job.tests.timeout"] == ('"15m"', "default")
    assert shown["job.tests.voting"] == ("true", "default")


def test_what_was_found_says_so() -> None:
    files = {"setup.py": b"", "tests/test_a.py": b"import pytest"}

    shown = rows(project_rows(resolve_locally(GivenTree(files=files))))

    assert shown["job.tests.install"] == ('[".", "pytest"]', "found: tests/ with pytest")


def test_settings_of_a_gate_have_theirs() -> None:
    text = b'[policy]\nwindow = 3\n[project.app]\nqueue = "q"\n[user."a@b"]\nroles = ["own"]\n'

    shown = rows(gate_rows(load_gate(text)))

    assert shown["policy.window"] == ("3", "foretaste.toml:2")
    assert shown["policy.reuse"] == ("true", "default")
    assert shown["project.app.queue"] == ('"q"', "foretaste.toml:4")
    assert shown["project.app.trusted"] == ("false", "default")
    assert shown['user."a@b".roles'] == ('["own"]', "foretaste.toml:6")


def test_held_jobs_and_templates_of_the_gate_are_origins() -> None:
    gate = load_gate(
        b'[template.t]\nrun = "x"\n[project.app]\ngate = ["a"]\njob.a.template = "t"\n',
        file="gate/foretaste.toml",
    )
    held = gate.held("app")
    assert held is not None

    shown = rows(project_rows(resolve([held], gate.templates, GivenTree())))

    assert shown["job.a.run"] == ('"x"', "gate/foretaste.toml:2")
    assert shown["gate"] == ('["a"]', "gate/foretaste.toml:4")


def test_what_is_proposed_is_what_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("import pytest")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "test_b.py").write_text("import unittest")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    tree = FolderTree(folder=tmp_path)
    before = resolve_locally(tree)

    proposal = propose(tree)

    assert proposal.note == "tests/ with pytest"
    assert proposal.text == (
        "# tests/ with pytest\n"
        "[tool.foretaste]\n"
        'check = ["tests"]\n'
        'gate = ["tests"]\n'
        "\n"
        "[tool.foretaste.job.tests]\n"
        'template = "pytest"\n'
        'install = [".", "pytest"]\n'
    )
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write(f"\n{proposal.text}")
    after = resolve_locally(tree)
    assert after.pipelines == before.pipelines
    assert [each.run for each in after.definitions.values()] == [
        each.run for each in before.definitions.values()
    ]


def test_nothing_is_proposed_where_nothing_is_found() -> None:
    with pytest.raises(ConfigurationError, match="FT212"):
        propose(GivenTree())


def test_a_folder_gives_nothing_from_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    tree = FolderTree(folder=folder)

    assert tree.read("link") is None
    assert tree.read("../secret") is None
    assert tree.read("nosuch") is None
    assert list(tree.paths()) == ["link"]


def test_an_environment_stays_within_its_line() -> None:
    table = {"env": {"A b": "1"}, "job": {"x y": {"run": "a\n\x7f"}}}

    text = toml(table, ("tool", "foretaste"))

    assert text == (
        '[tool.foretaste]\nenv = { "A b" = "1" }\n\n[tool.foretaste.job."x y"]\n'
        'run = "a\\n\\u007f"\n'
    )
    assert tomllib.loads(text) == {"tool": {"foretaste": table}}


def test_what_toml_does_not_have_is_not_written() -> None:
    with pytest.raises(TypeError):
        value(None)


SCALARS = st.one_of(st.booleans(), st.integers(-99, 99), st.text(max_size=8))
TABLES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, min_size=1, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=4), TABLES, min_size=1, max_size=4))
def test_what_is_written_reads_back(table: dict[str, Any]) -> None:
    assert tomllib.loads(toml(table, ("a", "b c"))) == {"a": {"b c": table}}
