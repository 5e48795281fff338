"""The sources and the tests keep the rules of the house, or say why one cannot be kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.house import rules
from tests.house.source import PACKAGE, TESTS, Finding, modules_of

WAIVERS = Path(__file__).with_name("waivers.toml")


def waivers() -> dict[tuple[str, str], str]:
    """Read the reason for each waived rule and place."""
    listed = tomllib.loads(WAIVERS.read_text(encoding="utf-8")).get("waiver", [])
    return {(waiver["rule"], waiver["where"]): waiver["why"] for waiver in listed}


def findings(folder: Path, applied: tuple[rules.Rule, ...]) -> list[Finding]:
    """Apply the rules to every module under the folder."""
    return sorted(
        finding for module in modules_of(folder) for rule in applied for finding in rule(module)
    )


@pytest.fixture(scope="module", name="found")
def found_fixture() -> list[Finding]:
    return [*findings(PACKAGE, rules.SOURCE_RULES), *findings(TESTS, rules.TEST_RULES)]


def test_every_rule_is_kept_or_waived(found: list[Finding]) -> None:
    waived = waivers()

    broken = [str(finding) for finding in found if (finding.rule, finding.where) not in waived]

    assert not broken, "\n".join(broken)


def test_every_waiver_is_needed_and_reasoned(found: list[Finding]) -> None:
    needed = {(finding.rule, finding.where) for finding in found}

    idle = [waiver for waiver, why in waivers().items() if waiver not in needed or not why.strip()]

    assert not idle, f"take these out of {WAIVERS.name}: {idle}"


def test_there_is_source_to_judge() -> None:
    assert len(modules_of(PACKAGE)) > 20
    assert len(modules_of(TESTS)) > 5
