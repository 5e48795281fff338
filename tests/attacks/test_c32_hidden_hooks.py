"""C32: what a release would hide of its start-up hooks and plugins from whoever is told of them.

What Python and pytest load is written so that a stricter reader would not see it. Each release is
installed for real, and the interpreter in the sandbox shows that the hook is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, EnvironmentSpec
from tests.fakes.index import PlainIndex, plain_index, wheel
from tests.fakes.jobs import JobRunner, local_jobs

FILE = "evil-1.0-py3-none-any.whl"
ASKED = EnvironmentSpec(install=("evil",))


@pytest.fixture(name="index")
def index_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainIndex]:
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        yield index


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path) -> Iterator[JobRunner]:
    with local_jobs(tmp_path / "gate") as runner:
        yield runner


def test_metadata_of_another_release_are_refused(index: PlainIndex, runner: JobRunner) -> None:
    inside = "evil-1.0.data/purelib/plain-2.0.dist-info"
    files = {
        "evil.py": "",
        f"{inside}/METADATA": "Metadata-Version: 2.1\nName: plain\nVersion: 2.0\n",
        f"{inside}/entry_points.txt": "[pytest11]\nhidden = evil\n",
    }
    index.add("evil", FILE, wheel("evil", "1.0", files))

    outcome = runner.run("echo ran", environment=ASKED)

    assert outcome.finished.ending is Ending.REFUSED, outcome
    assert "FT661" in outcome.finished.why
    assert "another release as well" in outcome.finished.why


def test_a_hook_below_what_a_pth_adds_is_told(index: PlainIndex, runner: JobRunner) -> None:
    files = {
        "evil.pth": "\n\ndeep\n",
        "deep/usercustomize.py": "",
        "marked.pth": "\ufeffimport os\n",
    }
    index.add("evil", FILE, wheel("evil", "1.0", files))

    outcome = runner.run(
        "python -c 'import sys; print([each for each in sys.path if each.endswith(\"deep\")])'",
        environment=ASKED,
    )

    assert "site-packages/deep" in outcome.log.splitlines()[-1]
    assert "warning: deep/usercustomize.py runs code at every start" in outcome.log
    assert "warning: marked.pth runs code at every start" in outcome.log


def test_a_file_that_only_the_interpreter_reads_is_the_environments_own(
    index: PlainIndex, runner: JobRunner
) -> None:
    files = {"evil-1.0.data/scripts/pyvenv.cfg": "home = /tmp\n"}
    index.add("evil", FILE, wheel("evil", "1.0", files))

    outcome = runner.run("echo ran", environment=ASKED)

    assert outcome.finished.ending is Ending.REFUSED, outcome
    assert "bin/pyvenv.cfg" in outcome.finished.why
