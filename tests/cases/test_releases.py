"""Days on an index of one's own, as data: what `foretaste check` must say of each.

A file gives the releases (each version a module's text), what the consumer asks for, stands on and
tests, and what is expected. The newest version of each package is from the day that is checked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.checked import BEFORE, Checked, CheckedProject, checked_project
from tests.fakes.dated_index import DatedFile
from tests.fakes.index import wheel

HERE = Path(__file__).parent / "releases"
FILES = sorted(HERE.glob("*.toml"))
DAY = "2026-01-20"
EXITS = {"accept": 0, "reject": 1, "undecided": 3}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_day_is_told_as_it_was(path: Path, tmp_path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    with checked_project(tmp_path) as project:
        for release in case["release"]:
            publish(project, release, case["base"])
        project.write(case["dependencies"], case["base"], case["test"])
        options = ["--timeout", case["timeout"]] if "timeout" in case else []
        command = ["--test", case["command"]] if "command" in case else []

        checked = project.check(*command, *options)

    assert differences(checked, case["expect"]) == [], checked.whole


def publish(project: CheckedProject, release: Mapping[str, Any], base: list[str]) -> None:
    """Put every version of a package on the index; those of the base were there before."""
    name = release["name"]
    requires = release.get("requires", [])
    for version, text in release["versions"].items():
        needed = requires.get(version, []) if isinstance(requires, dict) else requires
        lines = "".join(f"Requires-Dist: {each}\n" for each in needed)
        project.index.add(
            DatedFile(
                filename=f"{name}-{version}-py3-none-any.whl",
                data=wheel(name, version, {f"{name}.py": f"{text}\n"}, lines),
                day=BEFORE if f"{name}=={version}" in base else DAY,
                yanked=release.get("yanked", {}).get(version),
            )
        )


def differences(checked: Checked, expect: Mapping[str, Any]) -> list[str]:
    """Return what is not as it is expected, a line each."""
    said = checked.said
    culprits = said.get("culprits", ())
    found = {
        "verdict": said.get("verdict"),
        "baseline": said.get("baseline"),
        "culprits": sorted(sorted(move["name"] for move in each["set"]) for each in culprits),
        "hold_back": said.get("hold_back"),
        "held": len(said.get("hold_back", ())),
        "accepted": said.get("accepted"),
        "trials": said.get("trials"),
        "type": culprits[0]["failure"]["type"] if culprits else None,
    }
    wrong = [
        f"{key}: expected {wanted!r}, got {found[key]!r}"
        for key, wanted in expect.items()
        if key in found and found[key] != wanted
    ]
    missing = set(expect.get("holds", ())) - set(said.get("hold_back", ()))
    wrong += [f"{name} is not held back" for name in sorted(missing)]
    if expect.get("trace", "") not in checked.failures:
        wrong.append(f"{expect['trace']!r} is not in the failures")
    if checked.status != EXITS[expect["verdict"]]:
        wrong.append(f"exit status {checked.status}")
    return wrong


def test_every_expectation_can_fail() -> None:
    nothing = Checked(status=0, said={"verdict": "accept", "culprits": []}, errors="")
    expect = {
        "verdict": "reject", "baseline": "passed", "culprits": [["a"]], "hold_back": {"a": "<2"},
        "held": 1, "accepted": {"b": "1"}, "trials": 2, "type": "OSError", "holds": ["a"],
        "trace": "a.py",
    }  # fmt: skip

    assert len(differences(nothing, expect)) == len(expect) + 1
