"""The exception at the end of a text is found, with its words and the files on its way."""

from __future__ import annotations

import pytest

from foretaste.taste.traces import (
    FRAMES,
    HEADER,
    TRACE_LINES,
    frames_of,
    last_trace,
    place_of,
    raising_line,
    trimmed,
)

FLASK = "/env/lib/python3.9/site-packages/flask"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/env/lib/python3.9/site-packages/jinja2/utils.py", "jinja2/utils.py"),
        ("/usr/lib/python3/dist-packages/six.py", "six.py"),
        ("/env/lib/python3.6/site-packages/a-1.0-py3.6.egg/a/b.py", "a/b.py"),
        ("../env/lib/python3.11/site-packages/dep/__init__.py", "dep/__init__.py"),
        ("/usr/lib/python3.9/json/decoder.py", ""),
        ("/env/lib/python2.7/unittest/case.py", ""),
        ("../../usr/lib64/python3.11/unittest/mock.py", ""),
        ("/opt/pypy/lib/pypy3.9/ast.py", ""),
        ("<frozen importlib._bootstrap>", ""),
        ("<string>", ""),
        ("/env/bin/pytest", ""),
        ("/inside/foretaste_watch.py", ""),
        ("/job/work/tests/test_a.py", "./tests/test_a.py"),
        ("test_a.py", "./test_a.py"),
        ("./test_a.py", "./test_a.py"),
        ("src/lxml/etree.pyx", "lxml/etree.pyx"),
        ("pandas/_libs/index.pyx", "pandas/_libs/index.pyx"),
        ("/opt/other/x.py", "/opt/other/x.py"),
        ("/srv/my-packages/x.py", "/srv/my-packages/x.py"),
    ],
)
def test_a_file_is_told_by_its_place(path: str, place: str) -> None:
    assert place_of(path) == place


def test_frames_of_both_forms_are_read_and_none_stands_twice_in_a_row() -> None:
    lines = [
        '  File "/job/work/a.py", line 3, in f',
        '  |   File "/job/work/a.py", line 9, in g',
        "../env/lib/python3.9/site-packages/dep/x.py:5: TypeError",
        "tests/test_a.py:12: ",
        "note.txt:3: nothing",
        'print File "elsewhere.py", line 3',
    ]

    assert frames_of(lines) == ("./a.py", "dep/x.py", "./tests/test_a.py")


def test_of_very_many_frames_the_innermost_are_kept() -> None:
    frames = frames_of(f'File "p{number}.py", line 1' for number in range(FRAMES + 10))

    assert len(frames) == FRAMES
    assert frames[-1] == f"./p{FRAMES + 9}.py"


def _raised(*lines: str) -> str:
    return "\n".join([HEADER, '  File "run.py", line 1, in <module>', "    go()", *lines])


def test_an_exception_has_a_class_and_words() -> None:
    trace = last_trace(_raised("a.b.Error: it broke\non two lines"), whole=True)

    assert trace is not None
    assert trace.type == "a.b.Error"
    assert trace.message == "it broke\non two lines"
    assert trace.frames == ("./run.py",)


def test_a_class_may_be_of_a_function_and_have_no_words() -> None:
    trace = last_trace(_raised("m.f.<locals>.Error"), whole=True)

    assert trace is not None
    assert trace.type == "m.f.<locals>.Error"
    assert trace.message == ""


def test_in_a_log_words_end_where_something_else_begins() -> None:
    for end in ("", "Exception ignored in: <x>", "Exception E in <x> ignored"):
        trace = last_trace(_raised("ValueError: one", "two", end, "three"), whole=False)

        assert trace is not None
        assert trace.message.startswith("one\ntwo")
        assert "three" not in trace.text


def test_in_a_log_what_follows_an_exception_without_words_is_not_its() -> None:
    trace = last_trace(_raised("AssertionError", "half a line of output"), whole=False)

    assert trace is not None
    assert trace.type == "AssertionError"
    assert trace.message == ""
    assert trace.text.endswith("AssertionError")


def test_of_a_chain_the_last_exception_counts_and_the_frames_of_all() -> None:
    text = (
        f'{HEADER}\n  File "{FLASK}/a.py", line 1, in a\nKeyError: 1\n\n'
        "The above exception was the direct cause of the following exception:\n\n"
        f'{HEADER}\n  File "b.py", line 1, in b\nValueError: 2\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        f'{HEADER}\n  File "c.py", line 1, in c\nTypeError: 3\n'
    )
    trace = last_trace(f"{_raised('OSError: before')}\n\n{text}", whole=False)

    assert trace is not None
    assert (trace.type, trace.message) == ("TypeError", "3")
    assert trace.frames == ("flask/a.py", "./b.py", "./c.py")
    assert "OSError" not in trace.text


@pytest.mark.parametrize(
    "aside",
    [
        "Exception ignored in: <function f>",
        "Exception in thread Thread-1:",
        "Exception ValueError: 1 in <x> ignored",
        "Task exception was never retrieved\nfuture: <Task finished>",
        "--- Logging error ---",
    ],
)
def test_an_exception_that_ended_nothing_is_passed_over(aside: str) -> None:
    text = f"{_raised('TypeError: the one')}\n{aside}\n{_raised('ValueError: by the way')}"
    trace = last_trace(text, whole=False)
    alone = last_trace(f"{aside}\n{_raised('ValueError: by the way')}", whole=False)

    assert trace is not None
    assert trace.type == "TypeError"
    assert alone is not None
    assert alone.type == "ValueError"


def test_a_header_behind_a_loggers_words_is_one() -> None:
    trace = last_trace(f"12:00 ERROR {_raised('ValueError: logged')}", whole=False)

    assert trace is not None
    assert trace.type == "ValueError"


def test_of_a_group_the_members_are_told() -> None:
    leaves = "".join(
        f"  +-+---------------- {n} ----------------\n    | ValueError: {n}\n" for n in range(9)
    )
    text = (
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "run.py", line 1, in <module>\n'
        "  | ExceptionGroup: two (2 sub-exceptions)\n"
        "  +-+---------------- 1 ----------------\n"
        f"    | {HEADER}\n"
        '    |   File "dep.py", line 1, in f\n'
        "    | TypeError: of dep\n"
        f"{leaves}"
    )
    trace = last_trace(text, whole=False)

    assert trace is not None
    assert trace.type == "ExceptionGroup"
    assert trace.message == (
        "two (2 sub-exceptions); TypeError: of dep; ValueError: 0; ValueError: 1"
    )
    assert trace.frames == ("./run.py", "./dep.py")


def test_members_of_a_group_alone_are_better_than_nothing() -> None:
    text = f'    | {HEADER}\n    |   File "dep.py", line 1, in f\n    | TypeError: of dep\n'
    trace = last_trace(text, whole=False)

    assert trace is not None
    assert trace.type == "TypeError"


def test_a_syntax_error_needs_no_header() -> None:
    text = '  File "run.py", line 1\n    x = (1\n        ^\nSyntaxError: never closed\n'
    trace = last_trace(text, whole=False)

    assert trace is not None
    assert (trace.type, trace.message) == ("SyntaxError", "never closed")
    assert trace.frames == ("./run.py",)


@pytest.mark.parametrize("text", ["", "nothing of it", HEADER, f"{HEADER}\n  File", _raised("?!")])
def test_where_there_is_no_exception_none_is_found(text: str) -> None:
    assert last_trace(text, whole=False) is None
    assert last_trace(text, whole=True) is None


def test_a_long_trace_keeps_its_ends() -> None:
    short = "\n".join(str(number) for number in range(TRACE_LINES))
    lines = trimmed("\n".join(str(number) for number in range(1000))).split("\n")

    assert trimmed(short) == short
    assert len(lines) == TRACE_LINES
    assert lines[0] == "0"
    assert lines[12] == "[… 961 lines left out …]"
    assert lines[-1] == "999"
    assert len(trimmed("x" * 9999)) < 999


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('  File "a.py", line 1, in f\n    go(1)\n    ^^\nE: x', "go(1)"),
        ('  File "a.py", line 1, in f\nE: x', ""),
        ('  File "a.py", line 1, in f\n  File "b.py", line 2, in g\nE: x', ""),
        ('  |   File "a.py", line 1, in f\n  |     go(1)\n  | E: x', "go(1)"),
        ("a.py:1: in f\n    go(1)\nE   E: x", "go(1)"),
        (">   go(1)\nE   E: x", "go(1)"),
        ("", ""),
    ],
)
def test_the_line_that_raised_an_exception_is_shown_in_its_trace(text: str, line: str) -> None:
    assert raising_line(text) == line
