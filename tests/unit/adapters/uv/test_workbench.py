"""The workbench builds several sources at once, and asks a backend once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.uv.wheels import Recipe
from foretaste.adapters.uv.workbench import Work, Workbench
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.index import IndexFile
from tests.fakes.index import PlainIndex, plain_index, sdist
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile
NAME = {name!r}
def get_requires_for_build_wheel(settings=None):
    print("asked", NAME, flush=True)
    return []
def build_wheel(folder, settings=None, metadata=None):
    {line}
    with zipfile.ZipFile(os.path.join(folder, NAME + "-1.0-py3-none-any.whl"), "w") as archive:
        archive.writestr(NAME + ".py", "")
        info = NAME + "-1.0.dist-info/"
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + NAME +
            "\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
            "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return NAME + "-1.0-py3-none-any.whl"
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


class Bench:
    """A workbench, an index, and what was said."""

    def __init__(self, runner: JobRunner, index: PlainIndex, address: str) -> None:
        self.runner = runner
        self.index = index
        self.address = address
        self.said: list[str] = []
        self._saying = threading.Lock()

    @property
    def bench(self) -> Workbench:
        """The workbench of the runner's environments."""
        return self.runner.environments.bench

    def begin(self) -> Work:
        """Begin some work."""
        return self.bench.begin("", Recipe(), self.say)

    def say(self, line: str) -> None:
        """Keep what is said, from whatever thread."""
        with self._saying:
            self.said.append(line)

    def source(self, name: str, line: str = "pass") -> IndexFile:
        """Put an sdist on the index."""
        files = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND.format(name=name, line=line)}
        data = sdist(name, "1.0", files)
        self.index.add(name, f"{name}-1.0.tar.gz", data)
        return IndexFile(
            filename=f"{name}-1.0.tar.gz",
            kind="sdist",
            version="1.0",
            url=f"{self.address}/{name}/{name}-1.0.tar.gz",
            sha256=hashlib.sha256(data).hexdigest(),
        )


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield Bench(runner, index, address)


def test_several_sources_are_built_and_each_is_a_pin(bench: Bench) -> None:
    files = {name: bench.source(name) for name in ("one", "two", "three")}
    work = bench.begin()

    pins = bench.bench.all_exactly(work, files)
    again = bench.bench.all_exactly(bench.begin(), files)

    assert {name: (pin.name, pin.version) for name, pin in pins.items()} == {
        name: (name, "1.0") for name in files
    }
    assert all(Path(pin.wheel).is_file() for pin in pins.values())
    assert again == pins
    assert sorted(line for line in bench.said if line.startswith("building")) == [
        f"building {name} 1.0" for name in sorted(files)
    ]
    assert work.seconds["build"] > 0


def test_one_that_does_not_build_is_named_the_first_by_name(bench: Bench) -> None:
    bad = "raise RuntimeError('not today')"
    files = {"b": bench.source("b", bad), "a": bench.source("a", bad), "c": bench.source("c")}

    with pytest.raises(UserError, match=r"FT626: a 1\.0 does not build"):
        bench.bench.all_exactly(bench.begin(), files)


def test_one_that_cannot_be_fetched_may_be_there_later(bench: Bench) -> None:
    gone = bench.source("one")
    (bench.runner.folder.parent / "index" / "simple" / "one" / gone.filename).unlink()

    with pytest.raises(TransientError, match=r"FT623: one-1\.0\.tar\.gz cannot"):
        bench.bench.all_exactly(bench.begin(), {"one": gone})


def test_a_source_without_a_hash_is_not_taken(bench: Bench) -> None:
    file = bench.source("one")
    bare = IndexFile(filename=file.filename, kind="sdist", version="1.0", url=file.url, sha256="")

    with pytest.raises(UserError, match="FT629: the index gives no hash"):
        bench.bench.all_exactly(bench.begin(), {"one": bare})


def test_a_backend_is_asked_once_for_a_tree(bench: Bench) -> None:
    files = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND.format(name="app", line="pass")}
    source = bench.runner.commit(files)

    assert bench.bench.needs(bench.begin(), source) == ()
    assert bench.bench.needs(bench.begin(), source) == ()
    assert bench.said.count("asked app") == 1
