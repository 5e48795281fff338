"""Wheels of trees: built in the sandbox, told the version that they stand for, named as expected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.uv.environments import Supplies
from foretaste.adapters.uv.trees import BuildTools, UvTreeWheels
from foretaste.ports.environments import Say
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Asking, Pins
from foretaste.ports.upstreams import TreeWheel
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    version = os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"]
    name = f"kazoo-{version}-py3-none-any.whl"
    info = f"kazoo-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("kazoo.py", "value = 1\\n")
        archive.writestr(f"{info}/METADATA",
                         f"Metadata-Version: 2.1\\nName: Kazoo\\nVersion: {version}\\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{info}/RECORD", "")
    return name
"""
PYPROJECT = '[build-system]\nrequires = {}\nbuild-backend = "backend"\nbackend-path = ["."]\n'
FILES = {"pyproject.toml": PYPROJECT.format("[]"), "backend.py": BACKEND}


@dataclass(slots=True)
class Nothing:
    """A resolver that finds nothing as of any time, and now that nothing is needed."""

    asked: list[Asking] = field(default_factory=list)

    def resolve(self, asking: Asking, say: Say) -> Pins:
        """Say that nothing fits together, as of a time."""
        say("resolving")
        self.asked.append(asking)
        if asking.as_of is not None:
            raise UserError("FT621", "nothing fits together:\nat length")
        return {}

    def pin(self, asking: Asking, say: Say) -> Pins:
        """Return nothing."""
        say(f"pinning {asking.base}")
        return {}


@pytest.fixture(name="jobs")
def jobs_fixture(tmp_path: Path) -> Iterator[JobRunner]:
    with local_jobs(tmp_path / "gate") as runner:
        yield runner


@pytest.fixture(name="resolver")
def resolver_fixture() -> Nothing:
    return Nothing()


@pytest.fixture(name="wheels")
def wheels_fixture(tmp_path: Path, jobs: JobRunner, resolver: Nothing) -> UvTreeWheels:
    supplies = Supplies(
        trees=jobs.trees, bases=jobs.bases, sandbox=jobs.sandbox, clock=SystemClock()
    )
    tools = BuildTools(resolver=resolver, environments=jobs.environments)
    return UvTreeWheels(tmp_path / "wheels", supplies, tools)


def quiet(_: str) -> None:
    """Say nothing."""


def test_a_tree_becomes_the_wheel_of_the_version_that_it_stands_for(
    wheels: UvTreeWheels, jobs: JobRunner
) -> None:
    source = jobs.commit(FILES, "upstream")
    wanted = TreeWheel(source=source, name="kazoo", version="2.1")

    pin = wheels.make(wanted, quiet)

    assert (pin.name, pin.version) == ("kazoo", "2.1")
    assert Path(pin.wheel).name == "kazoo-2.1-py3-none-any.whl"
    digest = hashlib.sha256(Path(pin.wheel).read_bytes()).hexdigest()
    assert pin.hashes == (f"sha256:{digest}",)
    assert wheels.make(wanted, quiet) == pin
    assert wheels.make(replace(wanted, version="2.2"), quiet).version == "2.2"


def test_a_tree_of_another_package_is_refused(wheels: UvTreeWheels, jobs: JobRunner) -> None:
    source = jobs.commit(FILES, "upstream")

    with pytest.raises(UserError, match="kazoo's, not zake's") as caught:
        wheels.make(TreeWheel(source=source, name="zake", version="2.1"), quiet)

    assert caught.value.code == "FT965"


def test_a_tree_that_does_not_build_says_so(wheels: UvTreeWheels, jobs: JobRunner) -> None:
    source = jobs.commit({**FILES, "backend.py": "raise SystemExit('no')\n"}, "upstream")

    with pytest.raises(UserError) as caught:
        wheels.make(TreeWheel(source=source, name="kazoo", version="2.1"), quiet)

    assert caught.value.code == "FT626"
    assert "kazoo at" in caught.value.what


def test_where_nothing_of_then_builds_it_the_tools_of_today_do(
    wheels: UvTreeWheels, jobs: JobRunner, resolver: Nothing
) -> None:
    files = {**FILES, "pyproject.toml": PYPROJECT.format('["setuptools"]')}
    source = jobs.commit(files, "upstream")
    then = datetime(2015, 5, 1, tzinfo=UTC)
    wanted = TreeWheel(
        source=source,
        name="kazoo",
        version="2.1",
        as_of=then,
        build_constraints=("setuptools<58",),
    )
    said: list[str] = []

    wheels.make(wanted, said.append)

    assert [asking.as_of for asking in resolver.asked] == [then, None]
    assert resolver.asked[0].requirements == ("setuptools",)
    assert resolver.asked[0].constraints == ("setuptools<58",)
    assert "nothing of then fits together (nothing fits together:)" in said


def test_what_is_wrong_otherwise_is_not_tried_again(
    wheels: UvTreeWheels, jobs: JobRunner, resolver: Nothing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Asking, __: Say) -> Pins:
        raise UserError("FT625", "no such interpreter")

    monkeypatch.setattr(type(resolver), "resolve", lambda _, asking, say: refuse(asking, say))
    files = {**FILES, "pyproject.toml": PYPROJECT.format('["setuptools"]')}
    source = jobs.commit(files, "upstream")

    with pytest.raises(UserError, match="no such interpreter"):
        wheels.make(TreeWheel(source=source, name="kazoo", version="2.1"), quiet)
