"""What a gate logs is one JSON line an event, in its folder, and no token is in it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog

from foretaste.core.events import Held, Recorded
from foretaste.wiring.journal import journal, note, withheld

TOKEN = f"ft_0123456789ab_{'s' * 43}"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_events_and_the_libraries_words_are_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "new" / "gate.log"
    with journal(path):
        note(Recorded(seq=7, at=0.0, event=Held(why="a pause", by="olga")))
        logging.getLogger("library").info("it says %s", "so")

    first, second = lines(path)
    assert (first["event"], first["seq"], first["logger"]) == ("Held", 7, "foretaste.events")
    assert (second["event"], second["level"]) == ("it says so", "info")
    assert path.stat().st_mode & 0o777 == 0o600


def test_only_warnings_are_said_and_never_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with journal(tmp_path / "gate.log"):
        structlog.get_logger("gate").info("quiet")
        structlog.get_logger("gate").warning("loud")

    out, err = capsys.readouterr()
    assert out == ""
    assert "loud" in err
    assert "quiet" not in err


def test_no_token_is_written_not_even_of_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "gate.log"
    with journal(path):
        try:
            dict[str, str]()[TOKEN]
        except KeyError:
            structlog.get_logger("gate").exception("broke", header=f"Bearer {TOKEN}")

    text = path.read_text(encoding="utf-8")
    assert "KeyError" in text
    assert "sss" not in text
    assert withheld("Authorization: Basic eDpzZWNyZXQ=") == "Authorization: Basic ***"


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "gate.log"
    with journal(path):
        structlog.get_logger("gate").info("one")
        path.rename(tmp_path / "gate.log.old")
        structlog.get_logger("gate").info("two")

    assert [line["event"] for line in lines(path)] == ["two"]


def test_who_logs_on_a_full_disk_is_not_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gate.log").symlink_to("/dev/full")

    with journal(tmp_path / "gate.log"):
        structlog.get_logger("gate").info("lost")
        structlog.get_logger("gate").warning("said")

    assert "said" in capsys.readouterr().err
