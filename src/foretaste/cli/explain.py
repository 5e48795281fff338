"""`foretaste explain`: the story of a change, or what an error code means."""

from __future__ import annotations

import dataclasses
import re

import click

from foretaste.cli.failure import Failure
from foretaste.cli.options import Settings, Where, asks_the_gate, prints
from foretaste.cli.screen import Screen
from foretaste.report.codes import CODES
from foretaste.report.errors.code import Code
from foretaste.report.text import change_text, story_text
from foretaste.report.views import StoryLine

COLUMNS = tuple(field.name for field in dataclasses.fields(StoryLine))
CODE = re.compile(r"FT\d{3}", re.IGNORECASE)


@click.command()
@click.argument("change_or_code", metavar="CHANGE|FTnnn")
@asks_the_gate
@prints
def explain(settings: Settings, where: Where, change_or_code: str) -> None:
    """Tell a change's story, in order and with times; or what an error code means."""
    if CODE.fullmatch(change_or_code):
        _code(Screen(settings), change_or_code.upper())
        return
    from foretaste.cli.client import GateClient  # noqa: PLC0415 - a code needs no gate

    with GateClient(where) as client:
        change = client.get("changes", change_or_code)
        story = client.get("changes", change_or_code, "story")["story"]
    text = change_text({**change, "jobs": []})
    Screen(settings).records(story, COLUMNS, text=lambda: text + "\n" + story_text(story))


def _code(screen: Screen, code: str) -> None:
    entry = CODES.get(code)
    if entry is None:
        raise Failure(
            "FT006", f"there is no error {code}", hint="the manual's page of errors has them all"
        )
    record = {"code": code, **dataclasses.asdict(entry)}
    screen.record(record, text=lambda: code_text(code, entry))


def code_text(code: str, entry: Code) -> str:
    """Return what an error code means, for people."""
    return f"{code}: {entry.title}\n\n{entry.meaning}\n\nWhat to do: {entry.remedy}\n"
