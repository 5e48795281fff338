"""What people read: a change, a story, queues, an error; and the same for a tracker."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.core.names import ChangeId
from foretaste.core.past import past_of
from foretaste.report.changes import change_view
from foretaste.report.codes import CODES
from foretaste.report.markdown import change_markdown, code, escape
from foretaste.report.phrases import clock_time
from foretaste.report.queues import gate_view
from foretaste.report.storyline import storyline
from foretaste.report.text import change_text, error_text, queues_text, story_text
from tests.unit.core.town import Town


def change(town: Town, name: str) -> dict[str, Any]:
    past = past_of(town.world.store.story(name))
    return asdict(change_view(town.facts, ChangeId(name), past))


def told(town: Town, name: str) -> list[dict[str, Any]]:
    return [asdict(line) for line in storyline(ChangeId(name), town.story(name))]


def test_a_change_opens_with_state_why_and_what_next() -> None:
    jobs = [{"name": "M"}, {"name": "T", "needs": ["M"], "voting": False}]
    town = Town(job=jobs)("approve A B")
    commit = town.facts.changes[ChangeId("B")].commit[:12]

    assert change_text(change(town, "B")) == (
        "B  R main  B\n"
        "  state    queued\n"
        "  why      Its jobs run on top of change A: M.\n"
        "  next     Nothing to do: it lands when all of its jobs have passed and it stands first.\n"
        "  queue    R, number 2\n"
        "  on       change A\n"
        "  approved someone\n"
        f"  commit   {commit} (revision 1)\n"
        "  job      M running [b2]\n"
        "  job      T waiting (not voting): It needs M to pass first.\n"
    ).replace("someone", ", ".join(town.facts.changes[ChangeId("B")].approved_by))


def test_a_failed_change_shows_its_tests_harmless() -> None:
    town = Town()("approve A").end("M[A]", failed=["t::\x1b[2Jx"])

    text = change_text(change(town, "A"))

    assert "  state    failed (JOB_FAILED)\n" in text
    assert "  failed   t::\\x1b[2Jx\n" in text


def test_only_the_first_of_many_failed_tests_are_shown() -> None:
    found = {**change(Town()("approve A"), "A"), "tests": [f"t::{n}" for n in range(25)]}

    lines = change_text(found).splitlines()

    assert "  failed   t::19" in lines
    assert "  failed   t::20" not in lines
    assert "  failed   and 5 more; `-c tests` has them all" in lines


def test_a_story_has_its_times_and_how_long_each_step_took() -> None:
    story = [
        {"at": 1764038400.0, "text": "It began.", "build": "", "code": "X", "seq": 1},
        {"at": 1764038402.5, "text": "It ran.", "build": "b1", "code": "Y", "seq": 2},
        {"at": 0.0, "text": "No time\nis known.", "build": "", "code": "Z", "seq": 3},
        {"at": 1764038402.5, "text": "It ended.", "build": "", "code": "Z", "seq": 4},
    ]

    assert story_text(story) == (
        "2025-11-25 02:40:00                It began.\n"
        "2025-11-25 02:40:02        +2.5 s  It ran. [b1]\n"
        "                No time is known.\n"
        "2025-11-25 02:40:02                It ended.\n"
    )


def test_no_time_is_shown_as_nothing() -> None:
    assert clock_time(0.0) == ""


def test_queues_are_shown_in_order_with_holds_freezes_and_checks() -> None:
    jobs = [{"name": "K", "pipeline": "check"}, {"name": "M"}]
    town = Town(job=jobs)("approve A B", "event C", "hold")
    gate = asdict(gate_view(town.facts, lambda _: past_of(())))
    gate["queues"][0]["frozen"] = "the tree differs"

    assert queues_text(gate) == (
        "held: held by the scenario\n"
        "queue R: 2, window 20, frozen: the tree differs\n"
        "  1  building   A R: A\n"
        "       Its jobs run on top of the branch as it is: M.\n"
        "  2  building   B R: B\n"
        "       Its jobs run on top of change A: M.\n"
        "checks: 1\n"
        "  -  building   C R: C\n"
        "       It is being checked; nobody has approved revision 1 yet.\n"
    )


def test_a_queue_without_a_window_says_so() -> None:
    gate = asdict(gate_view(Town(policy={"window": 0}).facts, lambda _: past_of(())))

    assert queues_text(gate) == "queue R: 0, window unlimited\n"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("FT203", "no key x"), "error[FT203]: no key x\n"),
        (
            ("FT203", "a\nb\x1b[2J", "f.toml:3", "do\nthis"),
            "error[FT203]: a\n  b\\x1b[2J\n  at f.toml:3\nhint: do this\n",
        ),
        (("FT203", ""), "error[FT203]: \n"),
    ],
)
def test_an_error_has_one_style(parts: tuple[str, ...], text: str) -> None:
    assert error_text(*parts) == text


def test_a_report_for_a_tracker_fences_what_comes_from_outside() -> None:
    town = Town()("approve A").end("M[A]", failed=["t::[x](javascript:y)`@all"] * 1)
    found = {**change(town, "A"), "subject": "# <img src=x> @team"}

    text = change_markdown(found, told(town, "A"))

    assert "`# <img src=x> @team`" in text
    assert "- ``t::[x](javascript:y)`@all``" in text
    assert "**Why:** M\\[A\\] failed: t::\\[x\\]\\(javascript:y\\)\\`\\@\u2060all." in text
    assert "| when (UTC) | what |" in text


def test_a_report_names_at_most_fifty_tests_and_needs_no_story() -> None:
    found = {**change(Town()("approve A"), "A"), "tests": [f"t::{n}" for n in range(60)]}

    text = change_markdown(found, [])

    assert text.endswith("- `t::49`\n- and 10 more\n")
    assert "Failed tests" not in change_markdown({**found, "tests": []}, [])


@given(st.text())
def test_code_cannot_be_left_from_inside(text: str) -> None:
    fenced = code(text)

    fence = fenced[: len(fenced) - len(fenced.lstrip("`"))]
    assert fence
    assert fence not in fenced[len(fence) : -len(fence)]
    assert "\n" not in fenced


@given(st.text())
def test_an_escaped_sentence_holds_no_active_character(text: str) -> None:
    bare = escape(text).replace("\\\\", "")

    assert not [
        mark for place, mark in enumerate(bare) if mark in "`*_[]<>@|#!" and bare[place - 1] != "\\"
    ]


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_error_says_what_it_means_and_what_to_do(name: str) -> None:
    entry = CODES[name]

    assert entry.title
    assert not entry.title.endswith(".")
    assert entry.meaning.endswith(".")
    assert entry.remedy.strip()
    assert all(part.isprintable() for part in (entry.title, entry.meaning, entry.remedy))
