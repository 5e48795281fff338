"""A holder that certainly runs no more is told from one of which nothing is known."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from foretaste.adapters.sql.holder import holder_of, is_gone, this_process


def test_a_holder_is_read_as_it_was_written() -> None:
    here = this_process()

    assert holder_of(here.text) == here
    assert here.pid == os.getpid()
    assert f"pid={os.getpid()} " in here.text


def test_the_process_that_asks_is_not_gone() -> None:
    assert not is_gone(this_process().text)


def test_a_process_that_ended_is_gone() -> None:
    code = "from foretaste.adapters.sql.holder import this_process as p; print(p().text)"
    died = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert is_gone(died.stdout.strip())


def test_a_process_that_nobody_has_waited_for_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    holder = replace(this_process(), pid=child.pid)
    # Until it is waited for, its number is taken; waitid leaves it so.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert holder.gone
    assert child.wait() == 0


def test_a_number_that_another_process_has_now_is_gone() -> None:
    assert replace(this_process(), started="1").gone


def test_another_user_s_hidden_process_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_pid: int, _signal: int) -> None:
        raise PermissionError

    absent = replace(this_process(), pid=2**22 + 1)
    assert is_gone(absent.text)

    monkeypatch.setattr(os, "kill", forbidden)
    assert not is_gone(absent.text)

    monkeypatch.setattr(os, "kill", lambda _pid, _signal: None)
    assert not is_gone(absent.text)


@pytest.mark.parametrize("field", ["boot", "space"])
def test_of_another_machine_s_process_nothing_is_known(field: str) -> None:
    elsewhere = replace(this_process(), pid=2**22 + 1, **{field: "another"})

    assert not elsewhere.gone


def test_where_the_system_tells_nothing_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretaste.adapters.sql.holder._PROC", Path("/nowhere"))

    here = this_process()

    assert (here.boot, here.space, here.started) == ("", "", "")
    assert not here.gone


@pytest.mark.parametrize("text", ["", "a gate", "pid=x host= boot= space= started=", "pid=1"])
def test_a_holder_of_another_form_is_not_gone(text: str) -> None:
    assert holder_of(text) is None
    assert not is_gone(text)
