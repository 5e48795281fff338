"""What a check found, as a bump needs it: what goes on, what is held and why, what was noticed."""

from __future__ import annotations

from dataclasses import replace

from foretaste.service.watch.telling import told
from foretaste.taste.dossier import Forwarded
from foretaste.taste.finding import Baseline
from tests.unit.report.check import found

NEW = {move.key: move.new for move in found.several().moves}


def test_what_passes_goes_on() -> None:
    bump = told(found.accepted())

    assert bump.verdict == "accept"
    assert bump.accepted == {"click": "8.1.0", "markupsafe": "2.1.0"}
    assert (bump.held, bump.removed, bump.why) == ({}, (), "")
    assert bump.report.startswith("### ✅")


def test_a_culprit_is_held_for_how_it_fails_and_the_rest_goes_on() -> None:
    bump = told(found.rejected())

    assert bump.verdict == "reject"
    assert bump.accepted == {"click": "8.1.0"}
    assert "soft_unicode" in bump.held["markupsafe"]
    assert bump.caps == {"markupsafe": "<2.1.0"}
    assert "# markupsafe 2.1.0 breaks" in bump.report


def test_much_at_once_is_told_whole() -> None:
    bump = told(found.several())

    assert bump.held["httpx"] == "needs anyio"
    assert set(bump.held) == {"fastapi", "pydantic", "anyio", "jinja2", "httpx"}
    assert bump.accepted == {"click": "8.1.0", "pydantic-core": "2.0.1", "jinja2": "3.0.3"}
    assert bump.removed == ("six",)
    assert any("click-nspkg.pth" in line for line in bump.noticed)


def test_what_went_all_the_way_in_the_end_is_not_held() -> None:
    there = Forwarded(key="httpx", old="0.23.0", to=str(NEW["httpx"]), fails=())
    told_whole = found.several()

    bump = told(replace(told_whole, forwarded=(*told_whole.forwarded, there)))

    assert set(bump.held) == {"fastapi", "pydantic", "anyio", "jinja2"}
    assert bump.accepted["httpx"] == NEW["httpx"]


def test_what_builds_the_project_is_no_pin() -> None:
    bump = told(found.building())

    assert (bump.accepted, bump.held) == ({}, {})


def test_nobody_to_blame_is_said_as_it_is() -> None:
    assert told(found.unstable("t.py::sometimes")).held == {"click": "unstable"}


def test_of_a_base_that_fails_nothing_is_concluded() -> None:
    undecided = told(found.undecided())
    assert (undecided.verdict, undecided.why) == (
        "undecided",
        "The budget of 10 trials is used up.",
    )

    broken = told(replace(found.accepted(), baseline=Baseline.FAILED))
    assert (broken.verdict, broken.why) == (
        "undecided",
        "the tests fail on what is pinned today",
    )
