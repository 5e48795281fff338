"""Suspicion follows what a failure names, where it was raised, and how far a move goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import Move, moves_between
from foretaste.taste.outcome import Failure, Signature
from foretaste.taste.reading import BROKEN
from foretaste.taste.suspicion import (
    APPEARS,
    CALLED,
    INNERMOST,
    MAJOR,
    MINOR,
    NAMED,
    ON_THE_WAY,
    PATCH,
    VANISHES,
    pointing,
    step,
    weigh,
    why,
)

OWNERS = {
    "jinja2": "jinja2",
    "six.py": "six",
    "sphinxcontrib/applehelp": "sphinxcontrib-applehelp",
    "dateutil": "python-dateutil",
    "google/protobuf": "protobuf",
    "click": "click",
}


NATIVE = """\
Traceback (most recent call last):
  File "/job/work/test_a.py", line 3, in test_a
    six.moves.old()
  File "/job/work/test_a.py", line 9, in f
    assert jinja2.escape(a) == "b"
AssertionError"""
PYTEST = """\
    def test_a():
>       six.moves.old()

test_a.py:3:
_ _ _
>       assert jinja2.escape("a") == "b"
E       AssertionError: assert "a" == "b"

test_a.py:9: AssertionError"""
SHORT = """\
test_a.py:3: in test_a
    six.moves.old()
test_a.py:9: in f
    assert jinja2.escape("a") == "b"
E   AssertionError"""


def _failure(message: str = "", *frames: str, kind: str = "ImportError") -> Failure:
    signature = Signature(type=kind, message=message)
    return Failure(test="t", signature=signature, message=message, frames=frames)


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("cannot import name 'escape' from 'jinja2'", "jinja2"),
        ("cannot import name 'x' from 'jinja2.utils' (jinja2/utils.py)", "jinja2"),
        ("No module named dateutil.zoneinfo", "python-dateutil"),
        ("this needs python-dateutil below 2.9", "python-dateutil"),
        ("this needs Python_DateUtil below 2.9", "python-dateutil"),
        ("The sphinxcontrib.applehelp extension needs more", "sphinxcontrib-applehelp"),
        ("sphinxcontrib-applehelp 1.0.8 needs more", "sphinxcontrib-applehelp"),
        ("module 'six' has no attribute 'x'", "six"),
        ("six.moves is gone", "six"),
        ("No module named click", "click"),
        ("google.protobuf.message is old", "protobuf"),
        ("from /env/lib/python3.9/site-packages/jinja2/utils.py", "jinja2"),
    ],
)
def test_a_package_is_named_by_its_name_and_by_what_is_imported(message: str, key: str) -> None:
    assert pointing(_failure(message), key, OWNERS) == NAMED
    assert why(_failure(message), key, OWNERS) == ("named in the exception",)


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("nothing at all", "jinja2"),
        ("myjinja2 and jinja2_time and jinja2-cli are others", "jinja2"),
        ("six of them failed", "six"),
        ("click here to see more", "click"),
        ("google.cloud is another", "protobuf"),
        ("sphinxcontrib.qthelp", "sphinxcontrib-applehelp"),
    ],
)
def test_a_word_that_only_looks_like_it_names_nobody(message: str, key: str) -> None:
    assert pointing(_failure(message), key, OWNERS) == 1.0
    assert why(_failure(message), key, OWNERS) == ()


def test_the_class_of_an_exception_names_its_package() -> None:
    failure = _failure("gone", kind="jinja2.exceptions.TemplateError")

    assert pointing(failure, "jinja2", OWNERS) == NAMED


def test_frames_point_at_who_owns_the_file() -> None:
    failure = _failure("x", "./test.py", "jinja2/utils.py", "other/x.py", "six.py")

    assert pointing(failure, "six", OWNERS) == INNERMOST
    assert why(failure, "six", OWNERS) == ("innermost frame",)
    assert pointing(failure, "jinja2", OWNERS) == ON_THE_WAY
    assert why(failure, "jinja2", OWNERS) == ("in the trace",)
    assert pointing(failure, "protobuf", OWNERS) == 1.0


def test_a_file_of_a_shared_folder_has_one_owner() -> None:
    failure = _failure("x", "sphinxcontrib/applehelp/__init__.py")

    assert pointing(failure, "sphinxcontrib-applehelp", OWNERS) == INNERMOST
    assert pointing(failure, "protobuf", OWNERS) == 1.0


@pytest.mark.parametrize("trace", [NATIVE, PYTEST, SHORT])
def test_the_line_that_raised_it_points_at_whom_it_calls_by_name(trace: str) -> None:
    failure = replace(_failure("it is unequal"), trace=trace)

    assert why(failure, "jinja2", OWNERS) == ("named in the line that raised it",)
    assert pointing(failure, "jinja2", OWNERS) == CALLED
    assert pointing(failure, "six", OWNERS) == 1.0


def test_what_the_exception_names_counts_once() -> None:
    failure = replace(_failure("jinja2.escape is gone"), trace=NATIVE)

    assert pointing(failure, "jinja2", OWNERS) == NAMED


def test_reasons_are_multiplied() -> None:
    failure = _failure("module 'jinja2' is broken", "jinja2/utils.py")

    assert pointing(failure, "jinja2", OWNERS) == NAMED * INNERMOST
    assert why(failure, "jinja2", OWNERS) == ("named in the exception", "innermost frame")


def test_what_could_not_be_built_points_at_what_builds() -> None:
    failure = _failure("foo 2.0 cannot be built", kind=BROKEN)

    assert pointing(failure, "build:setuptools", OWNERS) == NAMED
    assert pointing(failure, "jinja2", OWNERS) == 1.0
    assert pointing(_failure("x"), "build:setuptools", OWNERS) == 1.0


@pytest.mark.parametrize(
    ("old", "new", "weight"),
    [
        ("1.2.3", "2.0", MAJOR),
        ("1.2.3", "1!1.2.3", MAJOR),
        ("1.2.3", "1.3", MINOR),
        ("1.2.3", "1.2.4", PATCH),
        ("1.2", "1.2.1", PATCH),
        ("1.2.3rc1", "1.2.3", PATCH),
        ("2021.10.8", "2022.1.1", MINOR),
        ("2022.1", "2022.2", MINOR),
        ("0.9", "2021.1", MAJOR),
        ("2004d", "2005a", MAJOR),
        (None, "1", APPEARS),
        ("1", None, VANISHES),
    ],
)
def test_a_far_step_is_more_suspicious(old: str | None, new: str | None, weight: float) -> None:
    assert step(Move(key="p", old=old, new=new)) == weight


def _lattice(units: tuple[str, ...] = ()) -> Lattice:
    base = {"a": "1.0", "b": "1.0", "c": "1.0.0"}
    moves = {move.key: move for move in moves_between(base, {"a": "2.0", "b": "1.1", "c": "1.0.1"})}
    needs = {key: frozenset(units if key in units else (key,)) for key in moves}
    return Lattice(base=base, moves=moves, needs=needs)


def test_moves_are_weighed_by_step_and_failure() -> None:
    failures = [_failure("x", "b/x.py"), _failure("x", "b/x.py"), _failure("x", "c.py", "a.py")]

    weights = weigh(_lattice(), failures, {"b": "b", "a.py": "a", "c.py": "c"})

    assert weights == {"a": MAJOR * INNERMOST, "b": MINOR * INNERMOST, "c": PATCH * ON_THE_WAY}


def test_moves_that_are_made_together_share_the_highest_weight() -> None:
    weights = weigh(_lattice(("a", "c")), [], {})

    assert weights == {"a": MAJOR, "b": MINOR, "c": MAJOR}


def test_a_failure_whose_words_are_known_only_settled_is_weighed_by_them() -> None:
    failure = Failure(test="t", signature=Signature(type="E", message="module 'b' is gone"))

    assert weigh(_lattice(), [failure], {})["b"] == MINOR * NAMED
