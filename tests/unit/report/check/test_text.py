"""On a terminal the answer stands first, each thing on a line, and nothing paints over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.report.check.sentences import (
    caught,
    failure_line,
    holding,
    part_way,
    percent,
    spent,
)
from foretaste.report.check.text import as_text
from foretaste.report.plain import width
from foretaste.taste.dossier import Dossier, Forwarded, Seconds
from foretaste.taste.notices import Kind, Notice
from foretaste.taste.outcome import Signature
from tests.unit.report.check import found
from tests.unit.report.test_bisected import FOUND


def test_a_rejection_says_who_what_and_what_to_do() -> None:
    text = as_text(found.rejected(), where={"report": "out/report.md"})

    assert text == (
        "rejected: markupsafe 2.1.0 breaks this project\n"
        "\n"
        "  culprit    markupsafe 2.0.1 → 2.1.0\n"
        "  fails      ImportError: cannot import name 'soft_unicode' from 'markupsafe'\n"
        "             (/env/markupsafe.py)\n"
        "  where      jinja2/filters.py\n"
        "  tests      the test command\n"
        "  sure       99.99 %: with it alone the base fails (trial 3), without what is\n"
        "             held back all passes (trial 4)\n"
        "  seen       2 h 5 min after its upload\n"
        "\n"
        "  hold back  markupsafe<2.1.0\n"
        "  go on      click 8.1.0\n"
        "\n"
        "  tried      4 trials in 8.9 s (resolve 0.4 s, install 2.1 s, test 6.0 s)\n"
        "  base       base.txt; releases as of 2022-02-19 00:00:00 UTC\n"
        "  test       python test_consumer.py (Python 3.9.18)\n"
        "  report     out/report.md\n"
    )


def test_much_that_was_found_has_its_lines() -> None:
    text = as_text(found.several())

    for line in (
        "  demo 1.0, each by itself\n",
        "  culprit    fastapi 0.99.1 → 0.100.0 and pydantic 1.10.9 → 2.0",
        "  needs      pydantic-core (absent) → 2.0.1",
        "  sure       99.99 %: with them and what is needed the base fails (trial 3),",
        "  fails      it hangs",
        "  tests      t.py::a, t.py::b and 1 more",
        "  hold back  anyio<4.0.0, fastapi<0.100.0, httpx<0.25.0 (needs anyio),",
        "  or exclude jinja2!=3.1.0",
        "  go on      click 8.1.0, pydantic-core 2.0.1\n",
        "  in part    jinja2 3.0.3 (was 2.11.3; 3.1.0 fails)",
        "  goes away  six",
        "  red        1 test fails on the base already: nobody is blamed for that",
        "  flaky      t.py::flaky fails in 2 of 9 runs",
        "  unstable   t.py::sometimes",
        "  notice     click 8.1.0 changes its scripts: +clicked",
        "  notice     jinja2 3.1.0 was yanked: broken",
        "  oracle     imports, jinja2: no jinja2.Markup any more",
        "  warnings   2 new: DeprecationWarning: old",
    ):
        assert line in text
    assert text.count("  culprit ") == 3


@pytest.mark.parametrize(
    ("dossier", "line"),
    [
        (found.accepted(), "accepted: this project passes with all 2 moves together"),
        (found.accepted(1), "accepted: this project passes with click 8.1.0"),
        (found.accepted(0), "accepted: nothing newer is allowed, so there is nothing to try"),
        (found.undecided(), "undecided: the budget of 10 trials is used up"),
        (found.undecided("PyPI is away."), "undecided: PyPI is away"),
        (found.undecided("X"), "undecided: X"),
        (found.undecided(""), "undecided: the base itself fails"),
        (
            replace(found.undecided(""), baseline=found.rejected().baseline),
            "undecided: no answer was reached",
        ),
        (found.building(), "rejected: setuptools 78.0.1 (which builds it) breaks this project"),
        (
            found.blaming(found.culprit("markupsafe", "click")),
            "rejected: click 8.1.0 and markupsafe 2.1.0 break this project together",
        ),
        (found.unstable(), "rejected: the new releases break this project"),
        (
            found.unstable("t::a"),
            "rejected: t::a fails now and then with the new releases, and never without them",
        ),
        (
            found.unstable("t::a", "t::b"),
            "rejected: t::a and t::b fail now and then with the new releases, and never",
        ),
    ],
)
def test_the_answer_stands_first(dossier: Dossier, line: str) -> None:
    text = as_text(dossier, width=200)

    assert text.splitlines()[0].startswith(line)


def test_a_package_that_goes_can_be_the_culprit() -> None:
    text = as_text(found.going_away())

    assert text.startswith("rejected: six 1.16.0 going away breaks this project\n")
    assert "  culprit    six 1.16.0 → (absent)\n" in text
    assert "  hold back  six==1.16.0\n" in text


def test_the_commit_that_broke_it_is_named() -> None:
    text = as_text(found.several(upstream=FOUND))

    assert "\n  commit     jinja2 3.1.0 broke with commit 000000000000 Drop escape\n" in text
    assert "\n             by Ada <ada@example.org>, 2022-03-24\n" in text


def test_a_base_that_fails_says_how() -> None:
    bare = found.failure("t::b", trace="", frames=())
    text = as_text(found.undecided("", broken=(found.failure("t::a"), bare, bare)))

    assert (
        "  fails      ImportError: cannot import name 'soft_unicode' from 'markupsafe'\n"
        "             (/env/markupsafe.py)\n"
        "  where      jinja2/filters.py\n"
        "  tests      t::a, t::b and 1 more\n"
        "  trace      --json has it\n"
    ) in text
    assert "\n  next       see that the tests pass by themselves: what they need besides" in text
    untold = as_text(found.undecided("", broken=(bare,)))
    assert "  where" not in untold
    assert "  trace" not in untold


def test_the_answer_is_coloured_where_colours_are_wanted() -> None:
    first = as_text(found.rejected(), colour=True).splitlines()[0]

    assert first == "\x1b[1;31mrejected: markupsafe 2.1.0 breaks this project\x1b[0m"


def test_many_culprits_and_notices_are_counted() -> None:
    several = found.several()
    many = replace(
        several,
        culprits=several.culprits * 2,
        notices=tuple(Notice(kind=Kind.DROPPED, said=(f"{n}",)) for n in range(8)),
        red=("a", "b"),
    )

    text = as_text(many)

    assert "  culprit    and 2 more; --json has them all\n" in text
    assert "  notice     and 3 more; --json has them all\n" in text
    assert "  red        2 tests fail on the base already" in text


def test_a_base_of_unknown_origin_leaves_only_the_time() -> None:
    text = as_text(found.rejected(subject=found.subject(base_from="")))
    timeless = as_text(found.rejected(subject=found.subject(as_of=0.0)))

    assert "  base       releases as of 2022-02-19 00:00:00 UTC\n" in text
    assert "  base       base.txt\n" in timeless


@given(st.text(), st.text(), st.integers(1, 200))
def test_nothing_from_outside_paints_over_the_answer(text: str, name: str, columns: int) -> None:
    failing = found.failure(text, message=text, frames=(text,))
    dossier = found.blaming(
        found.culprit("markupsafe", failures=(failing,)),
        subject=found.subject(project=name, version=text, test=text, base_from=text),
        warnings=(text,),
    )

    shown = as_text(dossier, columns, where={"report": text})

    assert all(c == "\n" or c.isprintable() for c in shown)
    assert not [line for line in shown.splitlines() if line.startswith("error")]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_lines_fit_the_terminal(columns: int) -> None:
    for dossier in (found.rejected(), found.several(), found.unstable("t::a")):
        assert all(width(line) <= columns for line in as_text(dossier, columns).splitlines())


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.99993, "99.99 %"),
        (0.999999, "99.99 %"),
        (1.0, "100 %"),
        (0.22, "22 %"),
        (0.999, "99.9 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_certainty(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"message": "it broke\nbadly"}, "E: it broke"),
        ({"message": "E: it broke"}, "E: it broke"),
        ({"message": "E"}, "E"),
        ({"message": ""}, "E: m"),
        ({"message": "", "signature": Signature(type="E", message="")}, "E"),
        ({"message": "only words", "signature": Signature(type="", message="")}, "only words"),
        ({"message": "/env/lib/python3.9/site-packages/six.py is old"}, "E: six.py is old"),
        ({"message": "late", "hung": True}, "it hangs in E: late"),
        (
            {"message": "", "hung": True, "signature": Signature(type="Hang", message="stands")},
            "it hangs: stands",
        ),
        ({"message": "x" * 400}, "E: " + "x" * 296 + "…"),
    ],
)
def test_a_failure_is_one_line(facts: dict[str, Any], line: str) -> None:
    told = {"signature": Signature(type="E", message="m"), **facts}

    assert failure_line(found.failure(**told)) == line


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (None, ""),
        (7_500.0, "2 h 5 min after its upload"),
        (113_760.0, "1 day 7 h after its upload"),
        (1_296_000.0, "15 days 0 h after its upload"),
    ],
)
def test_how_soon_it_was_caught_is_said_in_days(after: float | None, said: str) -> None:
    assert caught(replace(found.rejected().culprits[0], caught_after=after)) == said


def test_trials_that_ran_side_by_side_take_longer_than_they_lasted() -> None:
    beside = found.rejected(seconds=Seconds(install=0.4, test=9.6, total=8.9))

    assert spent(beside) == (
        "4 trials in 8.9 s (resolve 0.0 s, install 0.4 s, test 9.6 s, side by side)"
    )


def test_what_is_held_with_a_culprit_says_why() -> None:
    assert "httpx<0.25.0 (needs anyio)" in holding(found.several())


@pytest.mark.parametrize(
    ("forwarded", "line"),
    [
        (
            Forwarded(key="jinja2", old="2.11.3", to="3.0.3", fails=("3.1.0",)),
            "jinja2 3.0.3 (was 2.11.3; 3.1.0 fails)",
        ),
        (
            Forwarded(key="jinja2", old="2.11.3", to="3.0.3", fails=("3.1.0", "3.1.1")),
            "jinja2 3.0.3 (was 2.11.3; 3.1.0 and 3.1.1 fail)",
        ),
        (
            Forwarded(key="markupsafe", old="1.1.1", to="2.1.1", fails=()),
            "markupsafe 2.1.1 (was 1.1.1)",
        ),
        (Forwarded(key="fresh", old=None, to="1", fails=()), "fresh 1 (new)"),
    ],
)
def test_it_is_said_how_far_a_held_package_went(forwarded: Forwarded, line: str) -> None:
    assert part_way(forwarded) == line
