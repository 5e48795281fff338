"""Text: a change, its story and an error as people read them on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from foretaste.report.phrases import changes, clock_time, duration, listed
from foretaste.report.plain import one_line, plain

Fields = Mapping[str, Any]

# More would push *state, why, what next* off the screen.
TESTS = 20


def change_text(change: Fields) -> str:
    """Return a change for people: *state, why, what next*, then what stands behind it."""
    where = one_line(f"{change['project']} {change['branch']}")
    lines = [
        f"{one_line(change['change'])}  {where}  {one_line(change['subject'])}",
        f"  state    {change['state']}" + (f" ({change['reason']})" if change["reason"] else ""),
        f"  why      {change['why']}",
        f"  next     {change['next']}",
        *_facts(change),
        *_tests(change["tests"]),
        *(_job(job) for job in change["jobs"]),
    ]
    return "".join(line + "\n" for line in lines)


def _facts(change: Fields) -> list[str]:
    """Return the lines that only some changes have."""
    place = f"{change['queue']}, number {change['position']}" if change["queue"] else ""
    found = {
        "queue": place,
        "on": changes(change["assumes"]),
        "needs": changes(change["needs"]),
        "with": listed(change["unreleased"]),
        "approved": listed(change["approved_by"]),
        "check": change["check"],
        "commit": f"{change['commit'][:12]} (revision {change['revision']})",
        "landed": change["landed"][:12],
    }
    return [f"  {name:<8} {one_line(text)}" for name, text in found.items() if text]


def _tests(tests: Sequence[str]) -> list[str]:
    """Return the lines of failed tests: the first of many, and how many more there are."""
    lines = [f"  failed   {one_line(test)}" for test in tests[:TESTS]]
    more = len(tests) - len(lines)
    return [*lines, f"  failed   and {more} more; `-c tests` has them all"] if more else lines


def _job(job: Fields) -> str:
    voting = "" if job["voting"] else " (not voting)"
    build = f" [{job['build']}]" if job["build"] else ""
    why = f": {job['why']}" if job["why"] else ""
    return f"  job      {one_line(job['name'])} {job['state']}{voting}{build}{one_line(why)}"


def story_text(story: Sequence[Fields]) -> str:
    """Return a story, a line a step: when, how long after the one before, and what."""
    lines, before = [], 0.0
    for line in story:
        after = f"+{duration(line['at'] - before)}" if before and line["at"] > before else ""
        before = line["at"] or before
        build = f" [{line['build']}]" if line["build"] else ""
        lines.append(f"{clock_time(line['at'])}  {after:>12}  {one_line(line['text'])}{build}\n")
    return "".join(lines)


def queues_text(gate: Fields) -> str:
    """Return the gate's queues, a line an item, with what each is waiting for."""
    lines = [f"held: {one_line(gate['held'])}\n"] if gate["held"] else []
    for queue in gate["queues"]:
        frozen = f", frozen: {one_line(queue['frozen'])}" if queue["frozen"] else ""
        window = f"window {queue['window'] or 'unlimited'}"
        lines.append(f"queue {one_line(queue['queue'])}: {len(queue['items'])}, {window}{frozen}\n")
        lines += [_item(item) for item in queue["items"]]
    if gate["checks"]:
        lines.append(f"checks: {len(gate['checks'])}\n")
        lines += [_item(item) for item in gate["checks"]]
    return "".join(lines)


def _item(item: Fields) -> str:
    names = "+".join(item["changes"])
    place = f"{item['position']:>3}" if item["position"] else "  -"
    what = f"{names} {item['project']}: {item['subject']}"
    return f"{place}  {item['state']:<9}  {one_line(what)}\n       {item['waiting_for']}\n"


def error_text(code: str, what: str, where: str = "", hint: str = "") -> str:
    """Return an error in the one style of the program, several lines kept as they are."""
    head, *rest = plain(what, keep="\n").splitlines() or [""]
    lines = [f"error[{code}]: {head}", *(f"  {line}" for line in rest)]
    lines += [f"  at {one_line(where)}"] if where else []
    lines += [f"hint: {one_line(hint)}"] if hint else []
    return "".join(line + "\n" for line in lines)
