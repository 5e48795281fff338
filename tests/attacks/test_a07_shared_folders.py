"""A07: an untrusted job writes into folders that another job, or another project, reads from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending
from tests.fakes.jobs import JobRunner, local_jobs

WRITES = """
for folder in /env /env/bin /env/lib /usr/bin /usr/local/bin /needs/package /seed/work \
  /job/home /tmp /dev/shm /job/work "$(python -c 'import sys; print(sys.base_prefix)')"; do
  if (echo planted > "$folder/planted") 2>/dev/null; then echo "wrote $folder"; else
  echo "kept out of $folder"; fi
done
if (echo import os > /env/lib/python*/site-packages/sitecustomize.py) 2>/dev/null; then
  echo wrote sitecustomize; fi
rm -f /env/bin/python 2>/dev/null && echo removed python
chmod u+w /env/bin 2>/dev/null && echo changed modes
true
"""
LOOKS = "find / -xdev -name planted 2>/dev/null; find /env -name planted; python -c 'print(40+2)'"


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path) -> Iterator[JobRunner]:
    with local_jobs(tmp_path) as runner:
        yield runner


def test_what_jobs_share_they_cannot_write_and_what_they_write_they_do_not_share(
    runner: JobRunner,
) -> None:
    first = runner.commit({"a": "1\n"}, "untrusted")
    package, watch = runner.start("echo x > x.txt", first, artefacts=("x.txt",), label="package")
    watch.until_finished()

    attack = runner.run(WRITES, first, needs=(package,))
    later_same = runner.run(LOOKS, first, needs=(package,))
    later_other = runner.run(LOOKS, runner.commit({"b": "2\n"}, "trusted"))

    assert attack.finished.ending is Ending.EXITED
    lines = attack.log.splitlines()
    # It reached its own folders, so the writing itself works.
    assert {line for line in lines if line.startswith("wrote")} == {
        "wrote /job/home",
        "wrote /tmp",
        "wrote /dev/shm",
        "wrote /job/work",
    }
    assert "kept out of /env" in lines
    assert "kept out of /needs/package" in lines
    assert "kept out of /seed/work" in lines
    assert "removed python" not in lines
    assert "changed modes" not in lines
    assert later_same.log == "42\n"
    assert later_other.log == "42\n"


def test_a_base_on_the_disk_is_as_it_was(runner: JobRunner) -> None:
    source = runner.commit({"a": "1\n", "sub/b": "2\n"})

    runner.run("echo changed > a; rm -rf sub; echo new > c; ls", source)

    base = runner.bases.folder(source)
    assert (base / "a").read_text(encoding="utf-8") == "1\n"
    assert sorted(path.name for path in base.rglob("*")) == ["a", "b", "sub"]
