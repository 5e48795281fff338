"""What was found in an upstream's repository is said plainly, found or not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from foretaste.report.bisected import as_data, as_markdown, as_text, headline
from foretaste.taste.bisect import Answer, Bisected
from foretaste.taste.upstream import TriedCommit, UpstreamCommit, UpstreamFinding


def commit(number: int, subject: str = "Drop escape") -> UpstreamCommit:
    return UpstreamCommit(
        oid=f"{number:040x}",
        subject=subject,
        author="Ada <ada@example.org>",
        date=datetime(2022, 3, 24, 12, tzinfo=UTC).timestamp(),
    )


FOUND = UpstreamFinding(
    place="../jinja",
    name="jinja2",
    old="3.0.3",
    new="3.1.0",
    old_tag="3.0.3",
    new_tag="v3.1.0",
    span=211,
    straight=False,
    bisected=Bisected(commits=(f"{7:040x}",)),
    commits=(commit(7),),
    tried=(
        TriedCommit(commit="a", answer=Answer.BROKEN),
        TriedCommit(commit="b", answer=Answer.UNCLEAR, why="it does not build"),
    ),
)
NOT_FOUND = replace(
    FOUND, bisected=Bisected(commits=(), why="the tag does not show it"), commits=()
)
AMONG = replace(
    FOUND,
    straight=True,
    bisected=Bisected(
        commits=tuple(f"{each:040x}" for each in range(25)),
        unclear=(f"{0:040x}",),
        why="24 commits between could not be tried",
    ),
    commits=tuple(commit(each) for each in range(25)),
)


def test_a_commit_that_was_found_is_named_with_its_author() -> None:
    assert as_text(FOUND) == (
        "jinja2 3.1.0 broke with commit 000000000000 Drop escape\n"
        "  by Ada <ada@example.org>, 2022-03-24\n"
        "  2 trials for 211 commits between 3.0.3 and v3.1.0; 1 could not be tried "
        "(it does not build)\n"
    )


def test_commits_among_which_it_is_are_listed_and_not_endlessly() -> None:
    lines = as_text(AMONG).splitlines()

    assert lines[0] == (
        "jinja2 3.1.0 broke with one of 25 commits: 24 commits between could not be tried"
    )
    assert lines[21] == "  and 5 more"
    assert "first parents only" in lines[-1]
    assert len(as_text(replace(AMONG, commits=AMONG.commits[:2])).splitlines()) == 4


def test_nothing_found_says_why() -> None:
    said = "the commit that broke jinja2 3.1.0 was not found: the tag does not show it"

    assert headline(NOT_FOUND) == said
    assert as_text(NOT_FOUND).splitlines()[0] == said


def test_texts_of_others_are_code_in_markdown_whatever_is_in_them() -> None:
    wild = commit(7, "`x` <b> @everyone ``y``")

    text = as_markdown(replace(FOUND, commits=(wild,), tried=FOUND.tried[:1]))

    assert f"- ``` {7:040x} `x` <b> @everyone ``y`` ``` (" in text
    assert "`3.0.3..v3.1.0` in `../jinja`: 1 trial for 211 commits" in text


def test_everything_is_there_as_data() -> None:
    data = json.loads(json.dumps(as_data(FOUND)))

    assert data["found"] is True
    assert data["commits"][0] == {
        "commit": f"{7:040x}",
        "subject": "Drop escape",
        "author": "Ada <ada@example.org>",
        "date": "2022-03-24T12:00:00Z",
    }
    assert (data["between"], data["trials"], data["tags"]) == (211, 2, ["3.0.3", "v3.1.0"])
    assert data["tried"][1] == {"commit": "b", "answer": "unclear", "why": "it does not build"}
