"""The manual's page of the configuration has every key, and its examples can be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from foretaste.config.gate import load_gate
from foretaste.config.library import LIBRARY, NOT_YET
from foretaste.config.schema import (
    EnvironmentTable,
    GateTable,
    GuardedTable,
    JobTable,
    PolicyTable,
    ProjectTable,
    UserTable,
)
from foretaste.config.tree import GivenTree
from foretaste.service.jobs import resolved_in

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "reference" / "configuration.md"
PAGES = (PAGE, DOCS / "how-to" / "write-jobs.md")
TABLES = (
    EnvironmentTable,
    GateTable,
    GuardedTable,
    JobTable,
    PolicyTable,
    ProjectTable,
    UserTable,
)
GATE = b"[project.app]\n[project.markupsafe]\n[project.jinja2]\n[project.werkzeug]\n"
OF_THE_GATE = re.compile(
    r"^\[(policy|project|unreleased|user|watch|semaphores|template)\b", re.MULTILINE
)


def examples() -> list[tuple[str, int, str]]:
    """Return every TOML example of both pages: page, line, text."""
    pages = [(page.name, page.read_text(encoding="utf-8")) for page in PAGES]
    return [
        (name, text.count("\n", 0, block.start()) + 1, block.group(1))
        for name, text in pages
        for block in re.finditer(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize(
    "key",
    sorted({info.alias or name for table in TABLES for name, info in table.model_fields.items()}),
)
def test_every_key_is_in_the_manual(key: str) -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert re.search(
        rf"^(### {key}(\.NAME)?$|\| `{key}` \|)|`\[{key}\]`|`\[{key}\.NAME\]`", text, re.MULTILINE
    )


@pytest.mark.parametrize(("page", "line", "text"), examples())
def test_every_example_can_be_used(page: str, line: int, text: str) -> None:
    if OF_THE_GATE.search(text):
        assert load_gate(text.encode()).configured().projects, f"{page}:{line}"
        return
    name = "pyproject.toml" if "[tool.foretaste]" in text else "foretaste.toml"
    files = {
        name: text.encode(),
        "setup.py": b"",
        "tests/test_app.py": b"import pytest",
        "docs/conf.py": b"",
    }

    found = resolved_in(GivenTree(files=files), "app", load_gate(GATE))

    assert found.pipelines["gate"], f"{page}:{line}"


def test_there_are_examples() -> None:
    assert len(examples()) > 25


def test_every_template_is_in_the_manual() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [name for name in LIBRARY if f"| `{name}` |" not in text] == []
    assert [name for name in NOT_YET if f"`{name}`" not in text] == []


def test_every_link_within_the_page_leads_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - anchors == set()
