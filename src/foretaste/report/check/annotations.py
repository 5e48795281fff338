"""Annotations: the answer as commands to GitHub's runner, which shows them beside a change.

A command is one line. What comes from outside has its line ends, percent signs and, in properties,
colons and commas escaped as the runner's toolkit does, so that it cannot begin a command of its
own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from foretaste.report.check import sentences as say
from foretaste.report.check.place import base_file
from foretaste.report.plain import cut, plain
from foretaste.taste.dossier import Blamed, Dossier
from foretaste.taste.finding import Verdict

LEVELS: Mapping[Verdict, str] = {
    Verdict.ACCEPT: "notice",
    Verdict.REJECT: "error",
    Verdict.UNDECIDED: "warning",
}
# GitHub shows ten of a level in one step, and cuts a message at 4 kB.
MOST = 9
LONGEST = 3_000


def as_annotations(dossier: Dossier) -> str:
    """Return the commands, a line each; the answer comes first."""
    place = base_file(dossier.subject)
    lines = [
        _command(LEVELS[dossier.verdict], say.headline(dossier), {"title": "foretaste check"}),
        *(_culprit(dossier, each, place) for each in dossier.culprits[:MOST]),
        *(
            _command("warning", say.unstable(test), {"file": place, "title": "unstable"})
            for test in dossier.unstable[:MOST]
        ),
        *(
            _command("notice", say.notice(each), {"file": place, "title": "foretaste notice"})
            for each in dossier.notices[:MOST]
        ),
    ]
    return "".join(f"{line}\n" for line in lines)


def _culprit(dossier: Dossier, culprit: Blamed, place: str) -> str:
    text = "\n".join(_told(culprit))
    return _command("error", text, {"file": place, "title": say.breaks(dossier, culprit)})


def _told(culprit: Blamed) -> Iterator[str]:
    yield say.failure_line(say.shown(culprit))
    yield f"Fails: {say.joined(map(say.test_name, say.failing_tests(culprit)), 3)}"
    yield f"Hold back: {', '.join(culprit.caps)}"
    yield f"How sure: {say.how_sure(culprit)}"


def _command(level: str, message: str, properties: Mapping[str, str]) -> str:
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {named}::{_data(cut(message, LONGEST))}"


def _data(text: str) -> str:
    shown = plain(text, keep="\n")
    return shown.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
