"""Reports: what a build's tests told, by a JUnit report or, where it was watched, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.adapters.executors.junit import read_report
from foretaste.adapters.executors.leavings import UnreadableReportError, folder_of
from foretaste.adapters.executors.stacks import Times, read_stacks
from foretaste.adapters.executors.told_tests import read_tests
from foretaste.ports.executor import CaseResult

JUNIT = "junit.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The tests, None where nothing told of any; `why` says what is wrong with the report.

    `plugins` and `stacks` are there only where the build was watched.
    """

    cases: tuple[CaseResult, ...] | None = None
    why: str = ""
    plugins: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()


def report_of(results: int) -> Report:
    """Read what a build left in its folder for reports; nothing of it may run any more."""
    with folder_of(results, "out") as out:
        return _GONE if out is None else _junit(out)


def watched_report_of(results: int, times: Times) -> Report:
    """Read what a watched build left; `times` is for what its processes say of themselves."""
    with folder_of(results, "out") as out:
        return _GONE if out is None else _watched(out, times)


_GONE = Report(why="the folder for the JUnit report is gone")


def _junit(out: int) -> Report:
    try:
        return Report(cases=read_report(out, JUNIT))
    except UnreadableReportError as error:
        return Report(why=str(error))


def _watched(out: int, times: Times) -> Report:
    stacks = read_stacks(out, times)
    try:
        told = read_tests(out)
    except UnreadableReportError as error:
        return Report(why=str(error), stacks=stacks)
    if told is None:
        # Its tests are told by something that is not pytest, if at all.
        junit = _junit(out)
        return Report(cases=junit.cases, why=junit.why, stacks=stacks)
    return Report(cases=told.cases, why=told.why, plugins=told.plugins, stacks=stacks)
