"""What real interpreters and runners wrote is read as what happened.

`tools/make_logs.py` makes the logs; `logs/expected.toml` says what is in each.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from foretaste.taste.outcome import Outcome
from foretaste.taste.reading import Left, read
from foretaste.taste.signatures import cleaned

LOGS = Path(__file__).with_name("logs")
EXPECTED = tomllib.loads((LOGS / "expected.toml").read_text("utf-8"))


def _outcome(name: str, expected: dict[str, Any]) -> Outcome:
    return read(
        Left(
            status=expected.get("status"),
            timed_out=expected.get("timed_out", False),
            stalled=expected.get("stalled", False),
            log=(LOGS / f"{name}.log").read_text("utf-8"),
        )
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_a_log_is_read_as_what_happened(name: str) -> None:
    expected = EXPECTED[name]

    outcome = _outcome(name, expected)

    assert outcome.ending.value == expected["ending"]
    assert outcome.counted == expected.get("counted", 0)
    assert sorted(outcome.passed) == expected.get("passed", [])
    assert list(outcome.warnings) == expected.get("warnings", [])
    assert [
        {
            "test": failure.test,
            "type": failure.signature.type,
            "message": failure.signature.message,
            "frames": list(failure.frames),
        }
        for failure in outcome.failures
    ] == expected.get("failures", [])


def test_every_log_is_expected() -> None:
    assert {path.stem for path in LOGS.glob("*.log")} == {*EXPECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_shown_is_short_and_harmless(name: str) -> None:
    for failure in _outcome(name, EXPECTED[name]).failures:
        assert failure.trace.count("\n") <= 90
        assert failure.trace == cleaned(failure.trace)


@pytest.mark.parametrize("scene", ["unittest", "chained", "group", "syntax-imported", "stalled"])
def test_a_failure_has_one_signature_on_every_interpreter_that_words_it_alike(scene: str) -> None:
    of_scene = [
        [failure["frames"] for failure in expected["failures"]]
        for name, expected in EXPECTED.items()
        if name.rpartition("-")[0] == scene and not name.endswith("2.7")
    ]

    assert len(of_scene) > 1
    assert all(frames == of_scene[0] for frames in of_scene)
