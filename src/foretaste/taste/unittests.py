"""Unittests: the results that unittest writes as text, test by test.

From Python 2.7 to 3.13, and by the runners that write the same (nose, Django, testtools). A test is
named "module.Class.test", as `python -m unittest` takes it. Passing tests are known by name only
where the run was verbose; else they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foretaste.taste.signatures import LINE_LENGTH

_BLOCK = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (.{1,400})$")
_TEST = re.compile(r"(\S{1,200}) \(([\w.<>]{1,200})\)(.*)$")
_RAN = re.compile(r"Ran (\d{1,9}) tests? in ")
_ENDED = re.compile(r"(?:OK|FAILED|NO TESTS RAN)(?: \((.{1,300})\))?$")
_COUNT = re.compile(r"([a-z ]{1,30})=(\d{1,9})")
_VERBOSE = re.compile(r"(\S{1,200} \([\w.<>]{1,200}\)) \.\.\. (ok|unexpected success)$")
_OUTSIDE = re.compile(r"(?:setUp|tearDown)(?:Class|Module)$")
_FAILED = ("failures", "errors")
_LOADER = ("unittest.loader._FailedTest", "unittest.loader.ModuleImportFailure")
_DOUBLE, _SINGLE = "=" * 70, "-" * 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One test that failed, with what was written of it; `kind` is unittest's word."""

    test: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a log tells: how many tests passed, which of them are known by name, which failed."""

    passing: int
    passed: frozenset[str]
    blocks: tuple[Block, ...]


def told_in(text: str) -> Told:
    """Return what a log tells of unittest's runs; several runs are taken together."""
    lines = text.split("\n")
    verbose = [found for line in lines if (found := _VERBOSE.match(line[:LINE_LENGTH]))]
    blocks = tuple(_blocks(lines))
    failed = {block.test for block in blocks}
    surprises = [
        Block(test=test_of(found[1]), kind="UNEXPECTED SUCCESS", text="")
        for found in verbose
        if found[2] != "ok" and test_of(found[1]) not in failed
    ]
    passed = frozenset(test_of(found[1]) for found in verbose if found[2] == "ok")
    return Told(
        passing=_passing(lines, blocks),
        passed=passed - failed,
        blocks=(*blocks, *surprises),
    )


def test_of(told: str) -> str:
    """Return a test's name from what unittest calls it.

    "test_a (m.C)" until Python 3.10 and "test_a (m.C.test_a)" since 3.11 are both "m.C.test_a"; the
    parameters of a subtest stay behind it.
    """
    found = _TEST.match(told)
    if found is None:
        return told.strip()
    name, within, parameters = found[1], found[2], found[3].rstrip()
    for loader in _LOADER:
        if within in {loader, f"{loader}.{name}"}:
            return name + parameters
    whole = within if within.endswith(f".{name}") else f"{within}.{name}"
    return whole + parameters


def _passing(lines: Sequence[str], blocks: Sequence[Block]) -> int:
    """Return how many tests passed.

    Of the tests that failed, unittest counts each subtest, and errors outside of any test as well;
    so they are counted by name, unless the log lacks some.
    """
    ran = [int(found[1]) for line in lines if (found := _RAN.match(line[:LINE_LENGTH]))]
    if not ran:
        return 0
    ended = [found[1] for line in lines if (found := _ENDED.match(line[:LINE_LENGTH])) and found[1]]
    counts = [(kind.strip(), int(count)) for each in ended for kind, count in _COUNT.findall(each)]
    told = sum(count for kind, count in counts if kind in _FAILED)
    others = sum(count for kind, count in counts if kind not in _FAILED)
    failed = len({_whole(each.test) for each in blocks if not _OUTSIDE.search(each.test)})
    return max(0, sum(ran) - others - (failed if len(blocks) >= told else told))


def _whole(test: str) -> str:
    """Return a test's name without the parameters of a subtest."""
    return test.partition(" ")[0]


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Yield the tests that failed: each between a double line and the next, or the summary."""
    starts = [
        (number, found)
        for number in range(1, len(lines))
        if lines[number - 1] == _DOUBLE and (found := _BLOCK.match(lines[number][:LINE_LENGTH]))
    ]
    ends = [number - 1 for number, _ in starts[1:]] + [len(lines)]
    for (start, found), end in zip(starts, ends, strict=False):
        yield Block(test=test_of(found[2]), kind=found[1], text=_body(lines[start + 1 : end]))


def _body(lines: Sequence[str]) -> str:
    """Return what is written of one test: after the single line, until the summary."""
    begin = next((n + 1 for n, line in enumerate(lines) if line == _SINGLE), 0)
    body = list(lines[begin:])
    for number, line in enumerate(body):
        if _RAN.match(line):
            body = body[: max(0, number - 1)]
            break
    return "\n".join(body).strip("\n")
