"""JUnit reports: read as data that a job wrote, which may be anything.

The size is bounded before a byte is parsed, and the parser refuses document types, so that no
entity can grow. There is no schema that everybody keeps; what is read here is what pytest and
its like write: `testcase` with `classname`, `name`, `time`, and at most one of `failure`,
`error`, `skipped` inside.
"""

from __future__ import annotations

import os
import stat
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from foretaste.ports.executor import CaseResult

LARGEST = 64 * 2**20
MOST_CASES = 200_000
_LONGEST_NAME = 1000
_LONGEST_MESSAGE = 4000
_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}


class UnreadableReportError(Exception):
    """There is something in the report's place that is no report; says what."""


def read_report(folder: int, name: str) -> tuple[CaseResult, ...] | None:
    """Return the tests in the report `name` of a folder, None where there is none.

    Raises:
        UnreadableReportError: it is no regular file, too large, or no JUnit report.
    """
    try:
        descriptor = os.open(
            # The job chose what is there: a link would lead out, a pipe would never end.
            name,
            os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            dir_fd=folder,
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableReportError(f"the JUnit report cannot be opened: {error}") from error
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableReportError("the JUnit report is no regular file")
        if facts.st_size > LARGEST:
            raise UnreadableReportError(f"the JUnit report is larger than {LARGEST} bytes")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return parse(file.read(LARGEST))
    finally:
        os.close(descriptor)


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
        seconds=_seconds(element.get("time", "")),
        message=message,
    )


def _message(child: Element) -> str:
    parts = (child.get("message") or "", child.text or "")
    return "\n".join(part for part in parts if part)[:_LONGEST_MESSAGE]


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    # NaN and infinities are floats, too, and no durations.
    return value if 0.0 <= value < 1e9 else 0.0  # noqa: PLR2004
