"""A signature keeps what tells failures apart and loses what differs by chance."""

from __future__ import annotations

import pytest

from foretaste.taste.signatures import SIGNATURE_LENGTH, cleaned, in_short, settled


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;5;196mred\x1b[m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x1bcx\x1b(By\x1b", "xy"),
        ("a\x00b\x08c\x7fd\x9be", "abcde"),
        ("a\u202eb\u200bc\u2066d\ufeffe\U000e0041f\u2028g", "abcdefg"),
        ("\ud83d is half", " is half"),
        ("one\r\ntwo\rthree\n\tfour", "one\ntwo\nthree\n\tfour"),
        ("größe 中文 \U0001f600", "größe 中文 \U0001f600"),
    ],
)
def test_a_text_is_cleaned_of_what_a_terminal_obeys(text: str, left: str) -> None:
    assert cleaned(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<Foo object at 0x7f3a2b1c>", "<Foo object at 0x…>"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>"),
        ("at 2024-06-17T12:00:05.123Z it was", "at <time> it was"),
        ("at 2024-06-17 12:00:05,123 it was", "at <time> it was"),
        ("since 2024-06-17", "since <time>"),
        ("took 0:00:05.12", "took <time>"),
        ("at /tmp/tmpab12cd_x/index.rst:3: bad", "at <tmp>/index.rst:N: bad"),
        ("in '/tmp/pytest-of-root/pytest-12/test_a0/x.txt'", "in '<tmp>/test_a0/x.txt'"),
        ("/private/var/folders/zz/zyx_1/T/tmpabcdefgh/a", "<tmp>/a"),
        ("prefix-tmpab12cd_9", "prefix-<tmp>"),
        ("bad.cfg, line 12, column 3", "bad.cfg, line N, column 3"),
        ("x.py:12:5: E1", "x.py:N: E1"),
        ("it took 12.5 seconds", "it took N s"),
        ("Timeout >5.0s", "Timeout >N s"),
        ("in 1.2e-05s", "in N s"),
        ("on Mon, 06 Nov 2023 12:00:00 GMT", "on <time> <time> GMT"),
        ("on Nov  6 12:00:00 or November 6, 2023", "on <time> <time> or <time>"),
        ("worker 'gw3' crashed in ForkPoolWorker-12", "worker 'gw-N' crashed in ForkPoolWorker-N"),
        ("Task-7 and ThreadPoolExecutor-0_1", "Task-N and ThreadPoolExecutor-N"),
        ("30ms, 4 \u00b5s, 2 minutes", "N s, N s, N s"),
        ("process 4321 died", "process N died"),
        ("pid=77 (Thread-12)", "pid=N (Thread-N)"),
        ("127.0.0.1:45123 refused", "127.0.0.1:N refused"),
        ("[::1]:80", "[::1]:N"),
        ("('localhost', 43211)", "('localhost', N)"),
        ("port 43211", "port N"),
        ("epoch 1718625605.25", "epoch N"),
        ("commit 719def9aa0b1c2d3e4f5", "commit <hash>"),
        ("RecursionError: maximum recursion depth exceeded in comparison", None),
        ("from 'a' (/env/lib/python3.9/site-packages/a/b.py)", "from 'a' (a/b.py)"),
        ("../../env/lib/python3.9/site-packages/a/b.py:3: in f", "a/b.py:N: in f"),
        ("../usr/lib64/python3.9/ast.py", "<python>/ast.py"),
        ("in /usr/lib/python3.9/json/decoder.py", "in <python>/json/decoder.py"),
        ("open /job/work/tests/x.txt", "open ./tests/x.txt"),
        # what stays
        ("needs foo>=2.0.1 and 2022.6.15", "needs foo>=2.0.1 and 2022.6.15"),
        ("{'b': 1, 'a': 2} != {1, 2}", "{'b': 1, 'a': 2} != {1, 2}"),
        ("UTF-8, Python-3, May be 3 Junes", "UTF-8, Python-3, May be 3 Junes"),
        ("Invalid version: '2004d'", "Invalid version: '2004d'"),
        ("facade defaced 12345678", "facade defaced 12345678"),
    ],
)
def test_what_differs_by_chance_goes(text: str, left: str | None) -> None:
    assert settled(text) == (left or "RecursionError: maximum recursion depth exceeded")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("", ""),
        ("\n  \n", ""),
        ("assert isinstance(1, str)\n +  where", "assert isinstance(1, str)"),
        (
            "1 validation error for S\nport\n  missing\nmore",
            "1 validation error for S port missing",
        ),
        ("Command failed:\n\nno such file", "Command failed: no such file"),
        ("3", "3"),
        ("x" * 1000, "x" * SIGNATURE_LENGTH),
    ],
)
def test_a_signature_keeps_the_first_line_that_says_something(message: str, kept: str) -> None:
    assert in_short(message) == kept
