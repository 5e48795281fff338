"""Of releases without a wheel the newest that fits is built, once, and what stands in the way is said.

The index is one of our own on loopback; every sdist on it brings its own backend.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.ports.environments import Environment
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.executor import EnvironmentSpec
from tests.fakes.index import PlainIndex, plain_index, sdist, wheel
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile
NAME, VERSION, NEEDS = {name!r}, {version!r}, {needs!r}

def get_requires_for_build_wheel(settings=None):
    return NEEDS

def build_wheel(folder, settings=None, metadata=None):
    for need in NEEDS:
        __import__(need)
    name = NAME + "-" + VERSION + "-py3-none-any.whl"
    info = NAME + "-" + VERSION + ".dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr(NAME + ".py", "value = " + repr(VERSION))
        archive.writestr(info + "METADATA",
                         "Metadata-Version: 2.1\\nName: " + NAME + "\\nVersion: " + VERSION + "\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


class Bench:
    """A runner, an index and what was said."""

    def __init__(self, runner: JobRunner, index: PlainIndex, folder: Path) -> None:
        self.runner = runner
        self.index = index
        self.page = folder / "simple"
        self.said: list[str] = []

    def release(self, name: str, version: str, needs: object = ()) -> None:
        """Put an sdist on the index."""
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        files = {
            "pyproject.toml": PYPROJECT,
            "backend.py": BACKEND.format(name=name, version=version, needs=needs),
            "PKG-INFO": metadata,
        }
        self.index.add(name, f"{name}-{version}.tar.gz", sdist(name, version, files))

    def mark(self, name: str, version: str, attribute: str) -> None:
        """Give a release's link on its page an attribute."""
        page = self.page / name / "index.html"
        link = f'<a href="{name}-{version}.tar.gz'
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(link, link.replace("<a", f"<a {attribute}")), encoding="utf-8")

    def make(self, *install: str) -> Environment:
        """Make an environment."""
        source = self.runner.commit({"README": ""})
        return self.runner.environments.make(
            EnvironmentSpec(install=install), (source,), self.said.append
        )

    def value(self, environment: Environment, name: str) -> str:
        """Return what a module of the environment holds."""
        (found,) = environment.path.rglob(f"{name}.py")
        return found.read_text(encoding="utf-8").removeprefix("value = ").strip("'")


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield Bench(runner, index, tmp_path / "index")


def test_the_newest_that_is_asked_for_is_built_once(bench: Bench) -> None:
    for version in ("1.0", "1.10", "1.9", "2.0"):
        bench.release("app", version)

    first = bench.make("app<2")
    bench.runner.environments.refresh()
    again = bench.make("app<2")

    assert bench.value(first, "app") == "1.10"
    assert again.path == first.path
    assert bench.said.count("app 1.10 has no wheel; it is built from its source") == 1


def test_what_was_yanked_or_runs_on_another_python_is_passed_over(bench: Bench) -> None:
    for version in ("1.0", "2.0", "3.0", "nonsense"):
        bench.release("app", version)
    bench.mark("app", "3.0", 'data-yanked="broken"')
    bench.mark("app", "2.0", 'data-requires-python="&lt;3"')

    assert bench.value(bench.make("app"), "app") == "1.0"


def test_what_the_backend_asks_for_beyond_its_table_is_there_when_it_builds(bench: Bench) -> None:
    helper = wheel("helper", "1.0", {"helper.py": "value = 1\n"})
    bench.index.add("helper", "helper-1.0-py3-none-any.whl", helper)
    bench.release("app", "1.0", needs=["helper"])

    made = bench.make("app")

    assert bench.value(made, "app") == "1.0"
    assert not list(made.path.rglob("helper.py"))  # it was for the build only


def test_a_backend_that_asks_for_what_is_no_text_is_refused(bench: Bench) -> None:
    bench.release("app", "1.0", needs=["helper", 1])

    with pytest.raises(UserError, match="FT627: the build's requirements are no list of strings"):
        bench.make("app")


def test_no_release_that_fits_is_the_users(bench: Bench) -> None:
    bench.release("app", "1.0")

    with pytest.raises(UserError, match="FT621"):
        bench.make("app>1")


def test_what_was_built_and_still_does_not_fit_is_not_built_again(bench: Bench) -> None:
    bench.release("app", "1.0")
    bench.release("other", "1.0")
    bench.make("app")

    with pytest.raises(UserError, match="FT621"):
        bench.make("app", "other", "app!=1.0")

    assert bench.said.count("app 1.0 has no wheel; it is built from its source") == 1


def test_offline_a_source_is_not_fetched(bench: Bench, tmp_path: Path) -> None:
    bench.release("app", "1.0")
    runner = bench.runner
    offline = UvEnvironments(
        tmp_path / "offline",
        Supplies(
            trees=runner.trees, bases=runner.bases, sandbox=runner.sandbox, clock=SystemClock()
        ),
        offline=True,
    )

    with pytest.raises(TransientError, match="FT624: offline"):
        offline.make(EnvironmentSpec(install=("app",)), (runner.commit({"a": ""}),), print)
