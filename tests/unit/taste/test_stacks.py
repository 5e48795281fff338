"""Dumps of stacks are found in a log, and the thread that says most of a hang."""

from __future__ import annotations

from foretaste.taste.stacks import (
    INNERMOST,
    SHOWN_LINES,
    THREADS,
    blocked,
    dumps_of,
    last_of_each,
    shown,
    standing,
    without_dumps,
    without_runner,
)

PACKAGES = "/env/lib/python3.6/site-packages"


def _thread(*calls: str, head: str = "Thread 0x00007f6c") -> str:
    lines = [f"{head} (most recent call first):"]
    lines += [f'  File "{path}", line 7 in {name}' for path, _, name in _split(calls)]
    return "\n".join([*lines, ""])


def _split(calls: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [call.partition(":") for call in calls]


WAITING = _thread(
    "/usr/lib/python3.6/threading.py:wait",
    f"{PACKAGES}/kazoo/recipe/lock.py:acquire",
    f"{PACKAGES}/tooz/drivers/zookeeper.py:run_watchers",
    "/usr/lib/python3.6/threading.py:run",
)
IDLE = _thread("/usr/lib/python3.6/queue.py:get", f"{PACKAGES}/zake/fake_client.py:run")
MAIN = _thread(
    "/usr/lib/python3.6/threading.py:join",
    "/job/work/test_a.py:test_a",
    f"{PACKAGES}/_pytest/python.py:runtest",
    f"{PACKAGES}/pluggy/callers.py:_multicall",
)
TIMEOUT = "Timeout (0:00:05)!"


def test_a_dump_has_threads_and_a_thread_has_calls() -> None:
    (dump,) = dumps_of(f"before\n{TIMEOUT}\n{WAITING}\n{MAIN}\nafter")

    assert dump.fatal == ""
    assert [len(thread) for thread in dump.threads] == [4, 4]
    assert dump.threads[0][1].place == "kazoo/recipe/lock.py"
    assert dump.threads[0][1].function == "acquire"
    assert dump.threads[0][0].place == ""
    assert dump.threads[1][1].place == "./test_a.py"


def test_a_dump_may_begin_behind_a_tests_dot() -> None:
    (dump,) = dumps_of(f"..Timeout (0:00:00.500000)!\n{WAITING}")

    assert len(dump.threads) == 1


def test_a_dump_of_an_interpreter_that_dies_says_of_what() -> None:
    current = _thread(f"{PACKAGES}/dep/x.py:crash", head="Current thread 0x00007f6c")
    (dump,) = dumps_of(f"Fatal Python error: Segmentation fault\n\n{current}\nExtension modules: a")

    assert dump.fatal == "Segmentation fault"
    assert dump.threads[0][0].place == "dep/x.py"


def test_threads_with_names_are_read_and_frames_of_nobody_are_not() -> None:
    named = _thread("a.py:f", head="Thread 0x00007f6c [MainThread]")
    (dump,) = dumps_of(f'{TIMEOUT}\n  File "lost.py", line 1 in f\n{named}')

    assert [call.place for call in dump.threads[0]] == ["./a.py"]


def test_without_a_beginning_or_threads_there_is_no_dump() -> None:
    assert dumps_of(WAITING) == ()
    assert dumps_of(f"{TIMEOUT}\nnothing\n") == ()


def test_of_each_process_the_last_dump_counts() -> None:
    log = (
        f"[foretaste] stacks of process 7:\n{TIMEOUT}\n{IDLE}\n{TIMEOUT}\n{WAITING}\n"
        f"[foretaste] stacks of process 9:\n{TIMEOUT}\n{MAIN}\n"
    )
    dumps = dumps_of(log)

    assert [dump.process for dump in dumps] == ["7", "7", "9"]
    assert last_of_each(dumps) == (dumps[1], dumps[2])


def test_the_thread_that_came_through_most_packages_says_most() -> None:
    dumps = dumps_of(f"{TIMEOUT}\n{IDLE}\n{WAITING}\n{MAIN}")

    assert standing(blocked(dumps)) == "stands in kazoo/recipe/lock.py, acquire"


def test_a_runner_is_no_package_that_says_something() -> None:
    dumps = dumps_of(f"{TIMEOUT}\n{MAIN}\n{IDLE}")

    assert standing(blocked(dumps)) == "stands in zake/fake_client.py, run"


def test_where_only_python_itself_stands_its_call_is_told() -> None:
    dumps = dumps_of(f"{TIMEOUT}\n{_thread('/usr/lib/python3.6/selectors.py:select')}")

    assert standing(blocked(dumps)) == "stands in select"
    assert standing(blocked(())) == "stood nowhere that could be seen"


def test_the_stacks_are_shown_with_the_telling_thread_first() -> None:
    shows = shown(dumps_of(f"{TIMEOUT}\n{IDLE}\n{IDLE}\n{WAITING}\n{MAIN}"))

    assert shows.split("\n")[:7] == [
        "a thread, innermost call first:",
        '  File "<python>/threading.py", line 7 in wait',
        '  File "kazoo/recipe/lock.py", line 7 in acquire',
        '  File "tooz/drivers/zookeeper.py", line 7 in run_watchers',
        "2 threads, innermost call first:",
        '  File "<python>/queue.py", line 7 in get',
        '  File "zake/fake_client.py", line 7 in run',
    ]


def test_the_calls_of_a_runner_below_a_test_are_left_out() -> None:
    (dump,) = dumps_of(f"{TIMEOUT}\n{MAIN}")
    runner = _thread(f"{PACKAGES}/_pytest/main.py:wrap_session")
    (alone,) = dumps_of(f"{TIMEOUT}\n{runner}")

    assert [call.function for call in without_runner(dump.threads[0])] == ["join", "test_a"]
    assert [call.function for call in without_runner(alone.threads[0])] == ["wrap_session"]
    assert "_pytest" not in shown([dump])


def test_of_pythons_own_calls_the_innermost_are_shown() -> None:
    thread = _thread(*(f"/usr/lib/python3.6/unittest/case.py:f{number}" for number in range(9)))

    assert shown(dumps_of(f"{TIMEOUT}\n{thread}")).count("unittest") == INNERMOST


def test_very_many_threads_are_read_and_shown_in_part() -> None:
    threads = "".join(_thread(f"p{number}.py:f") for number in range(THREADS + 50))
    dumps = dumps_of(f"{TIMEOUT}\n{threads}")
    lines = shown(dumps).split("\n")

    assert len(dumps[0].threads) == THREADS
    assert len(lines) == SHOWN_LINES + 1
    assert lines[-1] == f"[… {2 * THREADS - SHOWN_LINES} lines left out …]"


def test_a_log_without_its_dumps_has_what_the_program_said() -> None:
    log = (
        "starting\n[foretaste] stacks of process 5:\nTimeout (0:00:03)!\n"
        "Thread 0x00007f0c2a7fc700 (most recent call first):\n"
        '  File "/env/lib/python3.9/site-packages/kazoo/a.py", line 3 in wait\n'
        '  File "/job/work/test_app.py", line 3 in <module>\n\nno theme named x\n'
    )

    assert without_dumps(log) == "starting\nno theme named x\n"
