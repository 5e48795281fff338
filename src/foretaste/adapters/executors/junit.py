"""JUnit reports: read as data that a job wrote, which may be anything.

The size is bounded before a byte is parsed, and the parser refuses document types, so that no
entity can grow. There is no schema that everybody keeps; what is read here is what pytest and
its like write: `testcase` with `classname`, `name`, `time`, and at most one of `failure`,
`error`, `skipped` inside.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from foretaste.adapters.executors.leavings import UnreadableReportError, opened
from foretaste.ports.executor import CaseResult

LARGEST = 64 * 2**20
MOST_CASES = 200_000
_LONGEST_NAME = 1000
_LONGEST_MESSAGE = 4000
_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}


def read_report(folder: int, name: str) -> tuple[CaseResult, ...] | None:
    """Return the tests in the report `name` of a folder, None where there is none.

    Raises:
        UnreadableReportError: it is no regular file, too large, or no JUnit report.
    """
    with opened(folder, name, "the JUnit report") as file:
        if file is None:
            return None
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableReportError(f"the JUnit report is larger than {LARGEST} bytes")
    return parse(data)


def parse(data: bytes) -> tuple[CaseResult, ...]:
    """Return the tests of a report.

    Raises:
        UnreadableReportError: it is no JUnit report.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise UnreadableReportError(f"the JUnit report cannot be parsed: {error!r}") from error
    if root.tag not in {"testsuites", "testsuite"}:
        raise UnreadableReportError(f"the JUnit report begins with <{root.tag[:100]}>")
    cases: list[CaseResult] = []
    for element in root.iter("testcase"):
        if len(cases) >= MOST_CASES:
            raise UnreadableReportError(f"the JUnit report has more than {MOST_CASES} tests")
        cases.append(_case(element))
    return tuple(cases)


def _case(element: Element) -> CaseResult:
    outcome, message = "passed", ""
    for child in element:
        # A test may have failed, and its teardown broken as well: the first counts.
        if child.tag in _OUTCOMES and outcome in {"passed", "skipped"}:
            outcome, message = _OUTCOMES[child.tag], _message(child)
    class_name, name = element.get("classname", ""), element.get("name", "")
    return CaseResult(
        name=(f"{class_name}::{name}" if class_name else name)[:_LONGEST_NAME],
        outcome=outcome,
        seconds=duration(element.get("time")),
        message=message,
    )


def _message(child: Element) -> str:
    parts = (child.get("message") or "", child.text or "")
    return "\n".join(part for part in parts if part)[:_LONGEST_MESSAGE]


def duration(value: object) -> float:
    """Return the seconds that a job says, 0 where it says none that could be."""
    try:
        seconds = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    # NaN and infinities are floats, too, and no durations.
    return seconds if 0.0 <= seconds < 1e9 else 0.0  # noqa: PLR2004
