"""Told tests: what a watched build's pytest wrote, test by test, read as data of a job's.

Each line is a JSON object (`inside/foretaste_watch`). What a line says that is not as expected is
left out, and never an error: a file that was cut off says what it says. A test that began and of
which nothing more is told did not end; that is an error of its own type, `UNFINISHED`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from foretaste.adapters.executors.junit import LARGEST, MOST_CASES, duration
from foretaste.adapters.executors.leavings import opened
from foretaste.adapters.executors.watching import TESTS
from foretaste.ports.executor import UNFINISHED, CaseResult

_LONGEST_LINE = 4 * 2**20
# A test has two; a file of the shortest ones would have ten times as many, and take minutes.
_MOST_LINES = 5 * MOST_CASES
_LONGEST_NAME = 1000
_LONGEST_MESSAGE = 4000
_LONGEST_TRACE = 65536
_OUTCOMES = frozenset({"passed", "failed", "error", "skipped"})
_MOST_PLUGINS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a watched build told: its tests, in the order of their ends, and pytest's plugins.

    `why` says what is missing: a run that ended before it was over.
    """

    cases: tuple[CaseResult, ...]
    plugins: tuple[str, ...] = ()
    why: str = ""


def read_tests(out: int) -> Told | None:
    """Return what is told in a job's folder for reports, None where nothing is.

    Raises:
        UnreadableReportError: there is something else in the file's place.
    """
    with opened(out, TESTS, "what was told of the tests") as file:
        if file is None:
            return None
        data = file.read(LARGEST)
    return parse(data)


def parse(data: bytes) -> Told | None:
    """Return what the lines tell, None where no session of tests began."""
    cases: dict[str, CaseResult] = {}
    started: dict[str, None] = {}
    plugins: set[str] = set()
    begun = ended = 0
    for line in _lines(data):
        begun += "begin" in line
        ended += "end" in line
        plugins.update(_plugins(line.get("plugins")))
        if "start" in line:
            started[_text(line["start"], _LONGEST_NAME)] = None
        elif "test" in line and len(cases) < MOST_CASES:
            case = _case(line)
            cases[case.name] = _worse(cases.get(case.name), case)
    if not begun:
        return None
    missing = [name for name in started if name not in cases][:MOST_CASES]
    return Told(
        cases=(*_collected(cases, started), *cases.values(), *map(_unfinished, missing)),
        plugins=tuple(sorted(plugins))[:_MOST_PLUGINS],
        why="" if ended >= begun else "the tests ended before they were over",
    )


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    for line in islice(io.BytesIO(data), _MOST_LINES):
        if len(line) > _LONGEST_LINE:
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            yield said


def _text(value: object, longest: int) -> str:
    """Return a text that can be written anywhere: half characters are replaced."""
    text = value if isinstance(value, str) else ""
    return text[:longest].encode("utf-8", "replace").decode()


def _case(line: dict[str, Any]) -> CaseResult:
    outcome = line.get("outcome")
    return CaseResult(
        name=_text(line.get("test"), _LONGEST_NAME),
        # An outcome that is none is no pass.
        outcome=outcome if isinstance(outcome, str) and outcome in _OUTCOMES else "error",
        seconds=duration(line.get("seconds")),
        message=_text(line.get("message"), _LONGEST_MESSAGE),
        type=_text(line.get("type"), _LONGEST_NAME),
        trace=_text(line.get("trace"), _LONGEST_TRACE),
    )


def _worse(before: CaseResult | None, case: CaseResult) -> CaseResult:
    """Return which of two tests of one name counts: one that failed."""
    if before is not None and before.outcome in {"failed", "error"}:
        return before
    return case


def _collected(told: Iterable[str], started: Iterable[str]) -> Iterator[CaseResult]:
    """Yield the modules whose tests were collected, each as a test that passed.

    So a module that could not be collected can be found again where it can.
    """
    named = set(told)
    modules = dict.fromkeys(name.partition("::")[0] for name in (*started, *told) if "::" in name)
    for module in modules:
        if module not in named:
            yield CaseResult(name=module, outcome="passed")


def _unfinished(name: str) -> CaseResult:
    return CaseResult(
        name=name, outcome="error", type=UNFINISHED, message="it began, and was not seen to end"
    )


def _plugins(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (_text(each, _LONGEST_NAME) for each in value[:_MOST_PLUGINS])
