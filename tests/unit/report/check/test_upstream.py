"""A draft for the upstream has all that its maintainers need, acts nowhere, and fits one issue."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foretaste.report.check.summary import as_markdown
from foretaste.report.check.upstream import as_report, cell, environment, fenced, moved
from foretaste.taste.dossier import Dossier, TrialFacts
from foretaste.taste.releases import ReleaseFacts
from tests.unit.report.check import found
from tests.unit.report.test_bisected import AMONG, FOUND

FENCE = re.compile(r"^(`{3,})\w*\n.*?\n\1$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
HOSTILE = (
    "@team #1 !2 https://evil.example www.evil.example <img src=x> ![i](https://e) [l](javascript:x)"
    " ``` </details> | a@b.example &lt; \x1b[2J \u202e"
)


def prose(text: str) -> str:
    """Return what of a page is not code."""
    return CODE.sub("", FENCE.sub("", text))


def test_a_draft_says_what_breaks_whom_and_how_to_see_it() -> None:
    named = found.subject(project="flaskr", version="0.16.1")
    text = as_report(found.rejected(subject=named))

    assert text.startswith("# markupsafe 2.1.0 breaks flaskr 0.16.1\n")
    for part in (
        "The tests of `flaskr 0.16.1` pass with `markupsafe 2.0.1`",
        "and fail with `markupsafe 2.1.0`; nothing else was changed.",
        "```sh\npython test_consumer.py\n```",
        f"```text\n{found.TRACE}\n```",
        "`test_consumer.py`:\n\n```python\nimport flask\n```",
        "| changed | `markupsafe 2.0.1 → 2.1.0` |",
        "| Python | `3.9.18` |",
        "| on the index since | `markupsafe 2.1.0: 2022-02-18 21:55:00 UTC` |",
        "| how sure | 99.99 %: with it alone the base fails \\(trial 3\\)",
        "```text\nmarkupsafe<2.1.0\n```",
        "2 packages moved from the base (`base.txt`) to the candidate, as of 2022-02-19 00:00:00 UTC.",
        "| 1 | nothing: the base | `passed` |",
        "| 2 | everything: the candidate | `failed`, 1 test |",
        "<summary>passes: 4 packages</summary>",
        "markupsafe==2.0.1 \\\n    --hash=sha256:",
        "<summary>fails: 4 packages</summary>",
        "markupsafe==2.1.0 \\\n    --hash=sha256:",
        "```console\nsh reproduce.sh\n```",
    ):
        assert part in text
    assert "## What fails" not in text


def test_each_culprit_has_a_draft_of_its_own() -> None:
    text = as_report(found.several())

    titles = [line for line in text.splitlines() if line.startswith("# ")]
    assert titles == [
        "# fastapi 0.100.0 and pydantic 2.0 together break demo 1.0",
        "# anyio 4.0.0 breaks demo 1.0",
        "# jinja2 3.1.0 breaks demo 1.0",
    ]
    assert "and hang with `anyio 4.0.0`" in text
    assert "what it needs was changed with it" in text
    assert "| needed with it | `pydantic-core (absent) → 2.0.1` |" in text
    assert "- `t.py::a`\n- `t.py::b`\n- `t.py::c`\n" in text
    assert "```text\njinja2!=3.1.0\n```" in text


def test_a_project_without_a_name_is_one_that_uses_it() -> None:
    text = as_report(found.going_away())

    assert text.startswith("# six 1.16.0 going away breaks a project that uses it\n")
    assert "A project's tests pass with `six 1.16.0` and fail with no `six`" in text


def test_a_package_that_builds_is_marked_in_the_environment() -> None:
    assert "setuptools==78.0.1  # builds the project" in as_report(found.building())


def test_where_nobody_is_blamed_it_tells_what_was_found() -> None:
    text = as_report(found.accepted())

    assert text.startswith("# accepted: this project passes with all 2 moves together\n")
    assert "## How it was found" in text


def test_without_a_record_there_is_no_table_of_trials() -> None:
    text = as_report(found.rejected(trials=(), subject=found.subject(as_of=0.0)))

    assert "to the candidate. It took 4 trials" in text
    assert "| trial |" not in text


def test_long_lists_are_cut_and_say_so() -> None:
    tests = tuple(found.failure(f"t::{n}") for n in range(30))
    trials = tuple(TrialFacts(number=n, moved=("click",), outcome="passed") for n in range(25))
    one = found.blaming(found.culprit("markupsafe", failures=tests), trials=trials)
    text = as_report(replace(one, culprits=one.culprits * 6))

    assert "- and 20 more\n" in text
    assert "| | and 13 more | |" in text
    assert text.endswith("There are 3 more culprits, which `--json` names.\n")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((), "nothing: the base"),
        (("a", "b", "c", "d", "e", "f"), "everything: the candidate"),
        (("a", "b|c"), "`a`, `b\\|c`"),
        (("a", "b", "c", "d", "e"), "`a`, `b`, `c`, `d` and 1 more"),
    ],
)
def test_a_trial_says_what_moved(keys: tuple[str, ...], said: str) -> None:
    assert moved(TrialFacts(number=1, moved=keys, outcome="passed"), 6) == said


def test_a_trial_says_what_went_part_of_the_way() -> None:
    trial = TrialFacts(number=7, moved=("a",), part=("b 1.1", "c 2"), outcome="passed")

    assert moved(trial, 1) == "all that may go on, and `b 1.1`, `c 2`"


def test_only_the_end_of_a_long_trace_is_shown() -> None:
    trace = "\n".join(f"line {n}" for n in range(100))
    long = "\n".join("x" * 190 for _ in range(30))

    few = as_report(found.blaming(found.culprit("click", failures=(found.failure(trace=trace),))))
    wide = as_report(found.blaming(found.culprit("click", failures=(found.failure(trace=long),))))

    assert "```text\n… (60 lines before this)\nline 60\n" in few
    assert "```text\n… (18 lines before this)\nxxx" in wide


def test_files_too_large_to_read_are_left_out() -> None:
    text = as_report(found.rejected(subject=found.subject(files={"test_consumer.py": "x" * 4000})))

    assert "```python" not in text


def test_an_environment_gives_up_hashes_before_names() -> None:
    many = [
        ReleaseFacts(name=f"p{n}", version="1", hashes=("sha256:" + "0" * 64,)) for n in range(100)
    ]

    whole = environment(many, {"p7"}, 20_000)
    short = environment(many, {"p7"}, 5_000)
    least = environment(many, {"p7"}, 500)

    assert whole.count("--hash") == 100
    assert short.count("--hash") == 1
    assert short.startswith("# All hashes are in reproduce.sh.\n")
    assert least.endswith("\n…")
    assert len(least) < 503


def test_the_commit_that_broke_it_is_named_in_its_culprits_draft() -> None:
    text = as_report(found.several(upstream=FOUND))

    others, jinja2 = text.split("# jinja2 3.1.0 breaks demo 1.0")
    assert (
        "## Where it began\n\n`jinja2 3.1.0 broke with commit 000000000000 Drop escape`" in jinja2
    )
    assert "Where it began" not in others


def test_an_unreleased_state_is_named_by_where_it_comes_from() -> None:
    patched = ReleaseFacts(
        name="six", version="1.17", origin="git+https://a:b@forge.example/six@0a"
    )

    assert environment([patched], set(), 500) == "six @ git+https://forge.example/six@0a"


def test_nothing_from_outside_acts() -> None:
    for text in (as_report(hostile(HOSTILE)), as_markdown(hostile(HOSTILE))):
        bare = prose(text)
        # Markdown reads what is not escaped; a tracker reads what was rendered.
        unescaped, rendered = prose(re.sub(r"\\.", "", text)), bare.replace("\\", "")

        assert not [mark for mark in ("`", "<img", "](", "&lt;") if mark in unescaped]
        assert not [
            mark for mark in ("@team", "#1", "!2", "://", "www.", "@b.") if mark in rendered
        ]
        assert bare.count("</details>") == bare.count("<details>")
        assert "\u202e" not in text
        assert "\x1b" not in text


def hostile(text: str) -> Dossier:
    """Return a culprit all of whose words are this text."""
    failing = found.failure(text, message=text, trace=text, frames=(text,))
    return found.blaming(
        found.culprit("markupsafe", failures=(failing, found.failure("other", trace=text))),
        subject=found.subject(
            project=text, version=text, python=text, test=text, base_from=text, files={text: text}
        ),
        trials=(TrialFacts(number=1, moved=(text,), outcome=text, why=text),),
    )


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="`~\n@#<>[](){}|\\!ab \t\r")))
def test_a_fence_cannot_be_left(text: str) -> None:
    block = fenced(text, "text")

    first, *middle, last = block.split("\n")
    assert first.removesuffix("text") == last
    assert not [line for line in middle if line.strip().startswith(last)]


@settings(max_examples=12, deadline=None)
@given(st.text(min_size=1, max_size=3), st.integers(1, 2_000))
@example("\U00011af9", 4_000)  # each is shown as ten characters
def test_a_report_fits_one_issue(text: str, times: int) -> None:
    told = hostile(text * times)
    many = ReleaseFacts(name="x" * 80, version="1", hashes=("sha256:" + "0" * 64,) * 30)
    blamed = replace(told.culprits[0], passes=(many,) * 150, fails=(many,) * 150)
    told = replace(told, upstream=replace(AMONG, name="markupsafe"))

    assert len(as_report(replace(told, culprits=(blamed,) * 5))) < 65_536
    assert len(as_markdown(replace(told, culprits=(blamed,) * 20))) < 65_536


@given(st.text())
def test_a_cell_of_a_table_cannot_be_left(text: str) -> None:
    assert not re.search(r"(?<!\\)\|", cell(text))
    assert "\n" not in cell(text)


def test_the_summary_is_short_and_says_what_to_do() -> None:
    assert as_markdown(found.rejected()) == (
        "### ❌ rejected: markupsafe 2.1.0 breaks this project\n"
        "\n"
        "| culprit | fails | how sure |\n"
        "|---|---|---|\n"
        "| `markupsafe 2.0.1 → 2.1.0` | `ImportError: cannot import name 'soft_unicode' from "
        "'markupsafe' (/env/markupsafe.py)`<br>in `the test command` | 99.99 % |\n"
        "\n"
        "- **Hold back:** `markupsafe<2.1.0`\n"
        "- **May go on:** `click 8.1.0`\n"
        "\n"
        "<sub>4 trials in 8.9 s (resolve 0.4 s, install 2.1 s, test 6.0 s), on Python `3.9.18`; "
        "base: `base.txt`, releases as of 2022-02-19 00:00:00 UTC</sub>\n"
    )


@pytest.mark.parametrize(
    ("dossier", "parts"),
    [
        (
            found.accepted(),
            ["### ✅ accepted", "- **May go on:** `click 8.1.0`, `markupsafe 2.1.0`"],
        ),
        (found.undecided(), ["### ⚠️ undecided: the budget of 10 trials is used up"]),
        (
            found.several(),
            [
                "- **Or exclude:** `jinja2!=3.1.0`",
                "- **In part:** `jinja2 3.0.3 (was 2.11.3; 3.1.0 fails)`",
                "- **Go away:** `six`",
                "- 1 test fails on the base already",
                "- t.py::flaky fails in 2 of 9 runs",
            ],
        ),
        (
            replace(found.several(), culprits=found.several().culprits * 4),
            ["| and 2 more | | |"],
        ),
        (found.rejected(subject=found.subject(as_of=0.0)), ["base: `base.txt`</sub>"]),
        (
            found.rejected(subject=found.subject(base_from="/somewhere/here.txt")),
            ["base: `here.txt`, releases"],
        ),
    ],
)
def test_the_summary_has_what_there_is(dossier: Dossier, parts: list[str]) -> None:
    text: Any = as_markdown(dossier)

    assert not [part for part in parts if part not in text]
