"""D65: the sandbox is broken: no bwrap, no user namespaces, no seccomp. Jobs are refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.sandbox import bubblewrap, spawn
from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.adapters.sandbox.probes import measure
from foretaste.ports.executor import Ending
from tests.fakes.jobs import local_jobs

CANARY = "touch /job/work/ran; echo ran"


def refused(folder: Path, why: str) -> None:
    """A job is refused for this reason, and the measurement says the same."""
    sandbox = Bubblewrap(folder / "sandbox", SystemClock())
    try:
        with local_jobs(folder, sandbox=sandbox) as runner:
            outcome = runner.run(CANARY)
        report = measure(sandbox, folder)
    finally:
        sandbox.close()

    assert outcome.finished.ending is Ending.REFUSED
    assert why in outcome.finished.why
    assert "ran" not in outcome.log.splitlines()
    assert sandbox.level() == 0
    assert report.level == 0
    assert not report.holds
    assert why in report.why


def test_without_bwrap_jobs_are_refused_and_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(spawn, "PROGRAM_PATH", str(empty))

    refused(tmp_path / "gate", "bubblewrap")


def test_a_filter_that_the_kernel_does_not_take_is_no_filter_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bubblewrap, "program", lambda _machine: b"\xff" * 16)

    refused(tmp_path / "gate", "bubblewrap cannot make a sandbox")


def test_a_processor_without_a_filter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bubblewrap, "MACHINES", {})

    refused(tmp_path / "gate", "no seccomp filter")


@pytest.fixture(name="open_folder")
def open_folder_fixture() -> Iterator[Path]:
    """A folder that another user may write to, below ones that it may pass."""
    folder = Path("/tmp", f"foretaste-d65-{os.getpid()}")  # noqa: S108 -- open to all on purpose
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_where_the_kernel_forbids_user_namespaces_jobs_are_refused(open_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from foretaste.adapters.clock import SystemClock\n"
        "from foretaste.adapters.sandbox.bubblewrap import Bubblewrap\n"
        "from foretaste.ports.environments import Confinement\n"
        "from foretaste.ports.errors import PermanentError\n"
        "sandbox = Bubblewrap(Path(sys.argv[1]), SystemClock())\n"
        "print('level', sandbox.level())\n"
        "try:\n"
        "    sandbox.start(['/bin/echo', 'ran'], Confinement(), lambda data: print(data) or True)\n"
        "except PermanentError as error:\n"
        "    print(error.code, error.what, error.hint)\n"
    )
    # In a user namespace of its own the limit can be set to none without touching the host's.
    source = Path(bubblewrap.__file__).parents[3]
    done = subprocess.run(
        [
            "unshare", "--user", "--map-root-user", "--keep-caps", "sh", "-c",
            'echo 0 > /proc/sys/user/max_user_namespaces && echo forbidden && exec "$@"', "sh",
            sys.executable, "-c", script, str(open_folder / "sandbox"),
        ],
        env={"PYTHONPATH": os.pathsep.join([str(source), *sys.path]), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )  # fmt: skip

    lines = done.stdout.splitlines()
    assert lines[:1] == ["forbidden"], done
    assert lines[1] == "level 0"
    assert lines[2].startswith("FT611 jobs are refused: the sandbox does not hold")
    assert "ran" not in lines
