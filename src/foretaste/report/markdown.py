"""Markdown: a change's report for trackers and chats, with everything from outside fenced in.

Nothing in it may act where it is shown: test names and details stand in code, so that they make
no link, image, mention or heading (attack E87).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from foretaste.report.phrases import clock_time
from foretaste.report.plain import cut, one_line

# A tracker's comment of more lines is not read; the change's page has them all.
TESTS = 50
LINE = 300
# Where a mention (@name), a reference (#1, !1), an entity (&lt;) or an address has its joint.
ACTIVE = re.compile(r"(?<=[@#!~%&$])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)


def change_markdown(change: Mapping[str, Any], story: Sequence[Mapping[str, Any]]) -> str:
    """Return a change's report: *state, why, what next*, failed tests, and its story."""
    lines = [
        f"### Change {change['change']} of {code(change['project'])}: {change['state']}",
        "",
        code(change["subject"]),
        "",
        f"**Why:** {escape(change['why'])}",
        "",
        f"**Next:** {escape(change['next'])}",
    ]
    tests = [code(test) for test in change["tests"][:TESTS]]
    if tests:
        more = len(change["tests"]) - len(tests)
        lines += ["", "Failed tests:", "", *(f"- {test}" for test in tests)]
        lines += [f"- and {more} more"] if more else []
    if story:
        lines += ["", "| when (UTC) | what |", "|---|---|"]
        lines += [f"| {clock_time(step['at'])} | {escape(step['text'])} |" for step in story]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """Return text as inline code that its own backticks cannot end, on one line."""
    # A name of a megabyte is not looked at to its end.
    short = cut(one_line(text[: 10 * LINE]), LINE)
    fence = "`" * (max((len(run) for run in re.findall("`+", short)), default=0) + 1)
    padding = " " if short[:1] == "`" or short[-1:] == "`" or not short else ""
    return f"{fence}{padding}{short}{padding}{fence}"


def escape(text: str) -> str:
    """Return a sentence in which no character has a meaning to Markdown or to a tracker.

    Trackers look for mentions, references and addresses in what was rendered, when the
    backslashes are gone; a word joiner, which nobody sees, breaks those.
    """
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+!|~@])", r"\\\1", one_line(text))
    return ACTIVE.sub("\u2060", escaped)
