"""What a project asks for is read where its pyproject.toml says it, and else told by its wheel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from foretaste.adapters.uv.asking import Wants, is_installed, static_wheel
from foretaste.ports.errors import UserError
from foretaste.ports.executor import EnvironmentSpec
from tests.fakes.index import PlainIndex, plain_index, wheel
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile
def get_requires_for_build_wheel(settings=None):
    return {needs!r}
def build_wheel(folder, settings=None, metadata=None):
    print("building", flush=True)
    with zipfile.ZipFile(os.path.join(folder, "app-1.0-py3-none-any.whl"), "w") as archive:
        archive.writestr("app.py", "")
        archive.writestr("app-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: app\\n"
            "Version: 1.0\\nRequires-Dist: built\\nRequires-Dist: more; extra == 'x'\\n")
        archive.writestr("app-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
            "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("app-1.0.dist-info/RECORD", "app.py,,\\n")
    return "app-1.0-py3-none-any.whl"
"""
SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
STATIC = """
[project]
name = "My_App"
version = "1.0"
dependencies = ["one>=1", "two; python_version < '3'"]
[project.optional-dependencies]
Test_It = ["three", "my-app[more]"]
more = ["four; sys_platform == 'linux'"]
[dependency-groups]
dev = ["five"]
"""


class Bench:
    """A runner, an index, and what was said."""

    def __init__(self, runner: JobRunner, index: PlainIndex) -> None:
        self.runner = runner
        self.index = index
        self.said: list[str] = []

    def wants(self, files: Mapping[str, str], *install: str, **spec: object) -> Wants:
        """Return what a project of these files asks for."""
        source = self.runner.commit(files)
        return self.runner.environments.requirements(
            EnvironmentSpec(install=install, **spec),  # type: ignore[arg-type]
            (source,),
            self.said.append,
        )


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield Bench(runner, index)


def test_what_is_written_down_is_read_and_nothing_is_built(bench: Bench) -> None:
    files = {"pyproject.toml": SYSTEM + STATIC, "backend.py": BACKEND.format(needs=[])}

    wants = bench.wants(files, ".[test-it]", "group:dev", "pytest")

    assert wants.requirements == ("five", "pytest", "one>=1", "three", "four")
    assert wants.own
    assert wants.build == ()
    assert "building" not in bench.said


def test_what_is_dynamic_is_told_by_the_wheel(bench: Bench) -> None:
    dynamic = '[project]\nname = "app"\ndynamic = ["version", "dependencies"]\n'
    files = {"pyproject.toml": SYSTEM + dynamic, "backend.py": BACKEND.format(needs=[])}

    wants = bench.wants({**files, "limits.txt": "built<2\n"}, ".[x]", "-c limits.txt")

    assert wants.requirements == ("built", "more")
    assert wants.constraints == ("built<2",)
    assert "building" in bench.said


def test_what_the_backend_asks_for_is_told_too(bench: Bench) -> None:
    files = {"pyproject.toml": SYSTEM + STATIC, "backend.py": BACKEND.format(needs=["helper>=2"])}

    assert bench.wants(files, ".").build == ("helper>=2",)


def test_a_backend_that_cannot_be_asked_today_says_nothing_of_another_day(bench: Bench) -> None:
    bench.index.add("tool", "tool-1.0-py3-none-any.whl", wheel("tool", "1.0", {"tool.py": ""}))
    system = SYSTEM.replace("requires = []", 'requires = ["tool"]')
    files = {"pyproject.toml": system + STATIC, "backend.py": "raise SystemExit('not with this')"}

    assert bench.wants(files, ".").build == ("tool",)
    assert "what builds app cannot be asked for more: FT626" in bench.said


def test_a_project_that_is_no_package_is_never_built(bench: Bench) -> None:
    files = {
        "pyproject.toml": STATIC + "[tool.uv]\npackage = false\n",
        "setup.py": "raise SystemExit('built')",
    }

    wants = bench.wants(files, ".")

    assert wants == Wants(requirements=("one>=1",))
    made = bench.runner.environments
    empty = made.make(
        EnvironmentSpec(install=(".",), pins=()), (bench.runner.commit(files),), bench.said.append
    )
    assert not list(empty.path.rglob("*.dist-info"))


def test_what_such_a_project_depends_on_is_installed(bench: Bench) -> None:
    bench.index.add("one", "one-1.0-py3-none-any.whl", wheel("one", "1.0", {"one.py": ""}))
    files = {"pyproject.toml": STATIC + "[tool.uv]\npackage = false\n"}

    made = bench.runner.environments.make(
        EnvironmentSpec(install=(".",)), (bench.runner.commit(files),), bench.said.append
    )

    assert [path.name for path in made.path.rglob("*.dist-info")] == ["one-1.0.dist-info"]


def test_without_the_project_only_what_is_named_is_asked_for(bench: Bench) -> None:
    assert bench.wants({"README": ""}, "pytest>=7") == Wants(requirements=("pytest>=7",))


@pytest.mark.parametrize(
    ("pyproject", "beside", "installed"),
    [
        ({"build-system": {}}, (), True),
        ({"build-system": {}, "tool": {"uv": {"package": False}}}, (), False),
        ({"build-system": {}, "tool": {"poetry": {"package-mode": False}}}, (), False),
        ({"tool": {"uv": {"package": True}}}, ("uv.lock",), True),
        ({}, (), True),
        ({}, ("uv.lock",), False),
        ({}, ("uv.lock", "setup.py"), True),
        ({}, ("uv.lock", "setup.cfg"), True),
        ({"tool": "nonsense"}, (), True),
    ],
)
def test_what_is_a_package(
    pyproject: Mapping[str, object],
    beside: tuple[str, ...],
    installed: bool,  # noqa: FBT001 -- an example's
) -> None:
    def read(path: str) -> bytes | None:
        return b"" if path in beside else None

    assert is_installed(pyproject, read) is installed


def test_nothing_static_is_known_where_a_part_is_dynamic() -> None:
    whole = {"project": {"name": "app", "dynamic": ["optional-dependencies"]}}

    assert static_wheel(whole, whole=True) is None
    assert static_wheel({}, whole=True) is None
    assert static_wheel(whole, whole=False) is not None


@pytest.mark.parametrize("value", ["one", [1]])
def test_dependencies_that_are_no_list_of_texts_are_refused(value: object) -> None:
    with pytest.raises(UserError, match=r"FT622: project\.dependencies must be a list"):
        static_wheel({"project": {"name": "app", "dependencies": value}}, whole=True)
