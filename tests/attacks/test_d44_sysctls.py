"""D44: a job writes kernel settings that the host obeys; the more dangerous when root starts it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foretaste.adapters.sandbox.bubblewrap import not_root
from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import Finished, Output
from tests.fakes.jobs import local_jobs

SETTINGS = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/panic",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/suid_dumpable",
    "/proc/sysrq-trigger",
)


def test_no_setting_can_be_written(tmp_path: Path) -> None:
    before = [Path(path).read_text(encoding="utf-8") for path in SETTINGS[:4]]
    tries = "; ".join(
        f"cat {path} > /dev/null && echo read {path}; "
        f"(echo '|/bin/false' > {path}) 2>/dev/null && echo wrote {path}"
        for path in SETTINGS
    )
    with local_jobs(tmp_path) as runner:
        outcome = runner.run(f"{tries}; id -u; true")

    lines = outcome.log.splitlines()
    # It stood before the real ones.
    assert f"read {SETTINGS[0]}" in lines
    assert not [line for line in lines if line.startswith("wrote")]
    assert [Path(path).read_text(encoding="utf-8") for path in SETTINGS[:4]] == before


def test_no_process_of_a_job_is_root_outside(tmp_path: Path) -> None:
    mark = f"{os.getpid()}.44"
    with local_jobs(tmp_path) as runner:
        attempt, watch = runner.start(f"echo ready; id -u; exec sleep 600 {mark}")
        watch.until(Output)
        users = [
            path.stat().st_uid
            for path in Path("/proc").iterdir()
            if path.name.isdigit()
            and mark in _command_line(path)
            and "pytest" not in _command_line(path)
        ]
        runner.executor.cancel(attempt)
        watch.until(Finished)

    assert users
    assert 0 not in users


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's processes are root's")
def test_a_start_that_would_be_root_outside_is_refused() -> None:
    with pytest.raises(PermanentError, match="host's root"):
        not_root(os.getpid())
