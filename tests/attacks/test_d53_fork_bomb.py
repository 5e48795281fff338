"""D53: a fork bomb, and daemons that hold on to the log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foretaste.adapters.sandbox.limits import find_cgroups
from foretaste.ports.executor import Ending
from tests.fakes.jobs import local_jobs

MARK = f"{os.getpid()}.53"


def left() -> list[str]:
    """The processes of this test's jobs that are there."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if MARK.encode() in words:
                found.append(path.name)
    return found


def test_a_fork_bomb_ends_as_a_limit_and_leaves_nothing(tmp_path: Path) -> None:
    if find_cgroups() is None:
        pytest.skip("no cgroups here: forks fail, but nothing tells that they did")
    bomb = (
        "import os, time\n"
        "print('reached', flush=True)\n"
        "while True:\n"
        "    try:\n"
        "        if os.fork() == 0:\n"
        "            os.setsid()\n"
        "    except OSError:\n"
        "        time.sleep(0.01)\n"
    )
    with local_jobs(tmp_path) as runner:
        source = runner.commit({"bomb.py": bomb})
        outcome = runner.run(f"python bomb.py {MARK}", source, timeout=60)
        remaining = left()
        neighbour = runner.run("echo fine")

    assert "reached" in outcome.log
    assert outcome.finished.ending is Ending.LIMIT
    assert outcome.finished.why == "it started more processes than a job may"
    assert remaining == []
    assert neighbour.log == "fine\n"


def test_daemons_that_hold_the_log_are_gone_before_the_verdict(tmp_path: Path) -> None:
    daemons = (
        "for i in 1 2 3; do (setsid sleep 600 & setsid sh -c "
        f"'trap \"\" TERM HUP INT; sleep 600; : {MARK}' {MARK} &) ; done; echo started; exit 4"
    )
    with local_jobs(tmp_path) as runner:
        outcome = runner.run(daemons, timeout=60)
        remaining = left()

    assert outcome.log == "started\n"
    assert outcome.finished.ending is Ending.EXITED
    assert outcome.finished.exit_status == 4
    assert remaining == []
