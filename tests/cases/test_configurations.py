"""Broken configurations: each is refused with all its mistakes, by file, line and key.

A folder a case: the files of the project `app`, with `.case` after their names, or every tool that
reads this tree would trip over them; `gate.toml`, where there is one, is what the gate says,
`settings.toml` are settings of a gate that are themselves wrong. `expected` has a line a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from foretaste.config.gate import load_gate
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.tree import GivenTree
from foretaste.service.jobs import resolved_in

CASES = sorted(path for path in Path(__file__).with_name("configurations").iterdir())
NOT_OF_THE_PROJECT = {"expected", "gate.toml", "settings.toml"}


def mistakes_of(case: Path) -> list[str]:
    """Return the mistakes of a case as they are told."""
    files = {path.name.removesuffix(".case"): path.read_bytes() for path in case.iterdir()}
    tree = {name: raw for name, raw in files.items() if name not in NOT_OF_THE_PROJECT}
    with pytest.raises(ConfigurationError) as caught:
        _read(files, GivenTree(files=tree))
    return caught.value.what.splitlines()


def _read(files: Mapping[str, bytes], tree: GivenTree) -> None:
    if "settings.toml" in files:
        load_gate(files["settings.toml"])
        return
    resolved_in(tree, "app", load_gate(files.get("gate.toml", b"[project.app]")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_configuration_is_told_all_its_mistakes(case: Path) -> None:
    expected = (case / "expected").read_text(encoding="utf-8").splitlines()

    assert mistakes_of(case) == expected


def test_every_kind_of_mistake_has_a_case() -> None:
    told = "".join((case / "expected").read_text(encoding="utf-8") for case in CASES)

    assert [code for code in range(201, 214) if f"[FT{code}]" not in told] == []
