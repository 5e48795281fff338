"""D43: a job reads what the sandbox was started with: `/proc/1/environ`, `/proc/1/cmdline`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.jobs import local_jobs

SECRET = "canary-0c6f2d"


def test_init_shows_no_environment_and_no_path_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETASTE_D43_SECRET", SECRET)
    with local_jobs(tmp_path) as runner:
        outcome = runner.run(
            "echo init: $(tr '\\0' ' ' < /proc/1/comm); echo environ: $(wc -c < /proc/1/environ); "
            "echo cmdline: $(tr '\\0' ' ' < /proc/1/cmdline); "
            "for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; done; env; "
            "cat /proc/self/mountinfo > mounts; exit 0"
        )

    lines = outcome.log.splitlines()
    assert lines[0] == "init: bwrap"
    assert lines[1] == "environ: 0"
    assert lines[2].startswith("cmdline: /usr/bin/bwrap --args")
    assert str(tmp_path) not in outcome.log
    assert str(Path(__file__).parents[2]) not in outcome.log
    assert SECRET not in outcome.log
