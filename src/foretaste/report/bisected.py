"""Bisected: the first bad commit of an upstream, on a terminal, as data and for its tracker."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from foretaste.report.markdown import code
from foretaste.report.phrases import listed, number
from foretaste.report.plain import one_line
from foretaste.taste.bisect import Answer
from foretaste.taste.upstream import UpstreamCommit, UpstreamFinding

SHORT = 12
MOST_COMMITS = 20


def headline(finding: UpstreamFinding) -> str:
    """Return what was found, in one sentence."""
    name = one_line(f"{finding.name} {finding.new}")
    if finding.bisected.found:
        return f"{name} broke with commit {_commit(finding.commits[0])}"
    if finding.commits:
        what = number(len(finding.commits), "commit")
        return f"{name} broke with one of {what}: {one_line(finding.bisected.why)}"
    return f"the commit that broke {name} was not found: {one_line(finding.bisected.why)}"


def as_text(finding: UpstreamFinding) -> str:
    """Return the finding for a terminal, a line each."""
    lines = [headline(finding)]
    if not finding.bisected.found:
        lines += [f"  {_commit(commit)}" for commit in finding.commits[:MOST_COMMITS]]
        more = len(finding.commits) - MOST_COMMITS
        lines += [f"  and {more} more"] if more > 0 else []
    else:
        only = finding.commits[0]
        lines.append(f"  by {one_line(only.author)}, {_moment(only):%Y-%m-%d}")
    return "\n".join([*lines, f"  {_cost(finding)}"]) + "\n"


def as_markdown(finding: UpstreamFinding) -> str:
    """Return the finding as a part of a report; texts of others stand as code."""
    span = f"{finding.old_tag}..{finding.new_tag}"
    lines = [f"{code(headline(finding))}", ""]
    lines += [
        f"- {code(f'{each.oid} {each.subject}')} ({code(each.author)}, {_moment(each):%Y-%m-%d})"
        for each in finding.commits[:MOST_COMMITS]
    ]
    lines += ["", f"{code(span)} in {code(finding.place)}: {_cost(finding)}", ""]
    return "\n".join(lines)


def as_data(finding: UpstreamFinding) -> dict[str, Any]:
    """Return the finding as plain values, which JSON can hold."""
    return {
        "name": finding.name,
        "from": finding.old,
        "to": finding.new,
        "repository": finding.place,
        "tags": [finding.old_tag, finding.new_tag],
        "between": finding.span,
        "first_parents_only": finding.straight,
        "found": finding.bisected.found,
        "why": finding.bisected.why,
        "commits": [
            {
                "commit": each.oid,
                "subject": each.subject,
                "author": each.author,
                "date": _moment(each).isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
            for each in finding.commits
        ],
        "unclear": list(finding.bisected.unclear),
        "trials": len(finding.tried),
        "tried": [
            {"commit": each.commit, "answer": each.answer.value, "why": each.why}
            for each in finding.tried
        ],
    }


def _moment(commit: UpstreamCommit) -> dt.datetime:
    return dt.datetime.fromtimestamp(commit.date, tz=dt.UTC)


def _commit(commit: UpstreamCommit) -> str:
    return one_line(f"{commit.oid[:SHORT]} {commit.subject}").strip()


def _cost(finding: UpstreamFinding) -> str:
    """Say how much was looked through, and what of it could not be tried."""
    unclear = Counter(each.why for each in finding.tried if each.answer is Answer.UNCLEAR)
    straight = ", first parents only" if finding.straight else ""
    told = (
        f"{number(len(finding.tried), 'trial')} for {number(finding.span, 'commit')} between "
        f"{one_line(finding.old_tag)} and {one_line(finding.new_tag)}{straight}"
    )
    if not unclear:
        return told
    why = listed(reason for reason, _ in unclear.most_common())
    return f"{told}; {unclear.total()} could not be tried ({why})"
