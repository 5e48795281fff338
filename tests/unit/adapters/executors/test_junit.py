"""Reports are data: what is sound is read, all else is said to be no report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.executors import junit
from foretaste.adapters.executors.junit import parse, read_report
from foretaste.adapters.executors.leavings import UnreadableReportError


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def outcome(inside: str) -> str:
    """The outcome of one test with this inside."""
    return parse(f'<testsuite><testcase name="n">{inside}</testcase></testsuite>'.encode())[
        0
    ].outcome


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", "passed"),
        ("<failure/>", "failed"),
        ("<error/>", "error"),
        ("<skipped/>", "skipped"),
        ("<failure/><error/>", "failed"),
        ("<skipped/><error/>", "error"),
        ("<system-out>x</system-out><properties/>", "passed"),
    ],
)
def test_outcomes(inside: str, expected: str) -> None:
    assert outcome(inside) == expected


def test_suites_within_suites_are_read() -> None:
    cases = parse(
        b'<testsuites><testsuite><testsuite><testcase name="a"/></testsuite>'
        b'<testcase classname="c" name="b" time="1.5"/></testsuite></testsuites>'
    )

    assert [(case.name, case.seconds) for case in cases] == [("a", 0.0), ("c::b", 1.5)]


@pytest.mark.parametrize("time", ["", "x", "nan", "inf", "-1", "1e300"])
def test_a_duration_that_is_none_is_nothing(time: str) -> None:
    text = f'<testsuite><testcase name="n" time="{time}"/></testsuite>'

    assert parse(text.encode())[0].seconds == 0.0


def test_names_and_messages_are_bounded() -> None:
    text = (
        f'<testsuite><testcase name="{"n" * 5000}"><failure message="{"m" * 9000}"/>'
        "</testcase></testsuite>"
    )
    case = parse(text.encode())[0]

    assert len(case.name) == 1000
    assert len(case.message) == 4000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<testsuite>",
        b"not xml",
        b"<html/>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite/>',
    ],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableReportError):
        parse(data)


def test_too_many_tests_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "MOST_CASES", 2)

    with pytest.raises(UnreadableReportError, match="more than 2 tests"):
        parse(b"<testsuite><testcase/><testcase/><testcase/></testsuite>")


def test_nothing_there_is_none(folder: int) -> None:
    assert read_report(folder, "junit.xml") is None


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "large"])
def test_what_is_no_file_of_a_sound_size_is_refused(
    tmp_path: Path, folder: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "junit.xml"
    (tmp_path / "real.xml").write_bytes(b"<testsuite/>")
    match kind:
        case "link":
            path.symlink_to("real.xml")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            monkeypatch.setattr(junit, "LARGEST", 4)
            path.write_bytes(b"<testsuite/>")

    with pytest.raises(UnreadableReportError):
        read_report(folder, "junit.xml")
