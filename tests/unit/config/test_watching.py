"""What the gate says of new releases, for each project; what cannot be is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.config.ages import age, at_once
from foretaste.config.checks import Known
from foretaste.config.gate import load_gate
from foretaste.config.load import load_project
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.tree import FolderTree
from foretaste.config.values import WrongValueError
from foretaste.config.watching import interval_of, rules_of

DAY = 86400.0
WRITTEN = b"""\
[watch]
interval = "1h"
minimum_age = "2d"
ages = { Slow_Package = "9d" }
at_once = ["certifi", "Jinja2==3.1.6"]

[project.plain]

[project.patient.watch]
minimum_age = "7d12h"
ages = { other = "30m" }
at_once = ["mine"]
files = ["locks/*.txt"]

[project.deaf.watch]
enabled = false
"""


def test_a_project_has_what_the_gate_says() -> None:
    settings = load_gate(WRITTEN)
    rules = rules_of(settings, "plain")

    assert rules.enabled
    assert interval_of(settings) == 3600.0
    assert rules.age_of("anything", "1") == 2 * DAY
    assert rules.age_of("slow-package", "1") == 9 * DAY
    assert rules.age_of("certifi", "2026.1") == 0.0
    assert (rules.age_of("jinja2", "3.1.6"), rules.age_of("jinja2", "3.1.7")) == (0.0, 2 * DAY)
    assert rules.holds("uv.lock")
    assert rules.holds("dev-requirements.txt")
    assert not rules.holds("docs/notes.txt")


def test_what_a_project_says_counts_first() -> None:
    rules = rules_of(load_gate(WRITTEN), "patient")

    assert rules.age_of("slow-package", "1") == 7.5 * DAY
    assert rules.age_of("other", "1") == 1800.0
    assert rules.age_of("mine", "1") == rules.age_of("certifi", "1") == 0.0
    assert rules.holds("locks/all.txt")
    assert not rules.holds("uv.lock")


def test_who_is_not_watched() -> None:
    settings = load_gate(WRITTEN)

    assert not rules_of(settings, "deaf").enabled
    assert not rules_of(settings, "gate").enabled
    assert not rules_of(settings, "unknown").enabled
    assert not rules_of(load_gate(b"[watch]\nenabled = false\n[project.a]\n"), "a").enabled


@pytest.mark.parametrize(("text", "seconds"), [("0d", 0), ("1d2h3m4s", 93784), ("366d", 31622400)])
def test_an_age_is_read(text: str, seconds: float) -> None:
    assert age(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "d", "1w", "367d", "-1d", "1h1d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(WrongValueError):
        age(text)


@pytest.mark.parametrize(
    "text",
    ["a>1", "a==1.*", "a==1,==2", "a[b]", "a; x", "a @ file:///x", "", "a ; python_version > '3'"],
)
def test_what_names_no_release_is_refused(text: str) -> None:
    with pytest.raises(WrongValueError):
        at_once(text)


def test_every_mistake_is_told_with_its_place() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_gate(
            b'[watch]\ninterval = "5s"\nat_once = ["fine", "a>1"]\n'
            b'[project.a.watch]\nminimum_age = 3\nages = { b = "soon" }\n'
        )

    places = [line.split(": ")[1] for line in caught.value.what.splitlines()]
    assert set(places) == {
        "project.a.watch.minimum_age",
        "project.a.watch.ages.b",
        "watch.interval",
        "watch.at_once[1]",
    }


def test_a_projects_own_tree_cannot_say_how_it_is_watched(tmp_path: Path) -> None:
    (tmp_path / "foretaste.toml").write_text("[watch]\nenabled = false\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="watch"):
        load_project(FolderTree(folder=tmp_path), Known())


def test_addresses_of_others_are_told_with_their_place() -> None:
    fine = load_gate(b'[unreleased]\naddresses = ["https://git.test/"]\nlands = true\n')
    assert fine.table.unreleased.addresses == ["https://git.test/"]

    with pytest.raises(ConfigurationError, match=r"unreleased\.addresses\[1\]"):
        load_gate(b'[unreleased]\naddresses = ["https://git.test/", "ssh://git.test/"]\n')
