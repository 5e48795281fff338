"""The manual names everything that a user can type, set, meet or plug in, and its links lead somewhere.

What the program has is asked of the program itself, never listed here.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import click

from foretaste.cli.main import cli
from foretaste.report.codes import CODES
from tests.house.source import PACKAGE, ROOT, modules_of
from tools import reference

CODE = re.compile(r"FT\d{3}")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)")
# Made by runs of the program or by the test tools, not parts of the repository.
NOT_OURS = {".venv", ".git", "node_modules", "build", "dist"}


@cache
def manual() -> str:
    """Return all pages of docs/ as one text."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def unnamed(names: set[str]) -> list[str]:
    """Return those names that the manual does not have between backticks or as a heading."""
    return sorted(
        name
        for name in names
        if f"`{name}`" not in manual()
        and not re.search(f"^#+ {re.escape(name)}$", manual(), re.MULTILINE)
    )


def test_the_reference_is_what_the_program_says() -> None:
    assert not reference.stale(), "hint: make docs"


def test_every_command_is_in_the_manual() -> None:
    assert not unnamed({path for path, _ in reference.commands(cli)})


def test_every_option_is_in_the_manual() -> None:
    names = {
        name
        for _, command in reference.commands(cli)
        for option in reference.options(command)
        for name in option.opts
    }

    assert not unnamed(names)


def test_every_command_and_option_has_its_help() -> None:
    silent = [
        f"{path} {' '.join(option.opts)}"
        for path, command in reference.commands(cli)
        for option in reference.options(command)
        if not option.help
    ] + [path for path, command in reference.commands(cli) if not command.help]

    assert not silent


def test_every_error_code_is_in_the_manual() -> None:
    assert not unnamed(set(CODES))


def test_every_error_code_that_the_source_uses_is_in_the_catalogue() -> None:
    used = {
        f"{code} ({module.where})"
        for module in modules_of(PACKAGE)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for code in CODE.findall(node.value)
        if code not in CODES
    }

    assert not used


def test_every_setting_is_in_the_manual_and_described() -> None:
    every = [
        (f"{model.__name__}.{name}", name, field)
        for model in reference.models()
        for name, field in reference.settings(model).items()
    ]

    assert not unnamed({name for _, name, _ in every})
    assert not [path for path, _, field in every if not field.description]


def test_every_group_of_entry_points_is_in_the_manual() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = set(project.get("entry-points", {}))
    groups |= {
        node.value
        for module in modules_of(PACKAGE / "plugins")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"foretaste\.[a-z_]+", node.value)
    }

    assert not unnamed(groups)


def test_every_link_leads_somewhere() -> None:
    pages = [
        page for page in ROOT.rglob("*.md") if NOT_OURS.isdisjoint(page.relative_to(ROOT).parts)
    ]
    assert len(pages) > 10

    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert not dead


def sample() -> click.Group:
    """Make a command line with a group, a hidden command, and options of each kind."""
    root = click.Group("root", help="A root.")
    queue = click.Command(
        "queue",
        help="Show it.",
        params=[
            click.Option(["-f", "--format"], help="How to print."),
            click.Option(["--json"], is_flag=True, help="As JSON."),
            click.Option(["--secret"], hidden=True),
        ],
    )
    root.add_command(click.Group("release", commands={"plan": click.Command("plan", help="Plan.")}))
    root.add_command(queue)
    root.add_command(click.Command("ghost", hidden=True))
    return root


def test_the_page_of_commands_has_them_all_but_the_hidden() -> None:
    page = reference.commands_page(sample())

    headings = re.findall("^## (.*)$", page, re.MULTILINE)
    assert headings == [
        "foretaste",
        "foretaste queue",
        "foretaste release",
        "foretaste release plan",
    ]
    assert "- `-f`, `--format` `TEXT`: How to print." in page
    assert "- `--json`: As JSON." in page
    assert "--secret" not in page


def test_a_name_that_the_manual_does_not_have_is_found() -> None:
    assert unnamed({"change", "no such word anywhere"}) == ["change", "no such word anywhere"]
    assert not unnamed({"check", "Glossary"})


def test_the_links_of_a_page_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](b.md) [c](d/e.md#f) [g](mailto:h) [i](https://j/k.md) [l](#m)", "utf-8")

    assert LINK.findall(page.read_text("utf-8")) == ["b.md", "d/e.md"]
