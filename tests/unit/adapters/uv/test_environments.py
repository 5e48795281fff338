"""Environments from an index of one's own: made once, shared, and made anew when something is.

The projects bring their own backend, so that nothing but the index here is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.ports.environments import Environment
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.executor import EnvironmentSpec, Source
from tests.fakes.index import PlainIndex, plain_index, wheel
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile
NAME, REQUIRES, VALUE = {name!r}, {requires!r}, {value!r}
def build_wheel(folder, settings=None, metadata=None):
    print("building", NAME, flush=True)
    file = NAME + "-1.0-py3-none-any.whl"
    info = NAME + "-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as archive:
        archive.writestr(NAME + ".py", "value = " + repr(VALUE))
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + NAME +
            "\\nVersion: 1.0\\n" + "".join("Requires-Dist: %s\\n" % r for r in REQUIRES))
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
            "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "entry_points.txt", "[console_scripts]\\nsay-" + NAME +
            " = " + NAME + ":value.lower\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return file
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


class Bench:
    """A runner, an index, and projects for both."""

    def __init__(self, runner: JobRunner, index: PlainIndex) -> None:
        self.runner = runner
        self.index = index
        self.said: list[str] = []

    def release(self, name: str, version: str, requires: str = "") -> None:
        """Put a release on the index; its module has its version."""
        data = wheel(name, version, {f"{name}.py": f"value = {version!r}\n"}, requires)
        self.index.add(name, f"{name}-{version}-py3-none-any.whl", data)

    def project(
        self, name: str, value: str, *requires: str, files: dict[str, str] | None = None
    ) -> Source:
        """Commit a project that builds itself."""
        backend = BACKEND.format(name=name, requires=requires, value=value)
        content = {"pyproject.toml": PYPROJECT, "backend.py": backend, **(files or {})}
        return self.runner.commit(content, name)

    def make(self, *sources: Source, **spec: tuple[str, ...] | str) -> Environment:
        """Make an environment."""
        asked = EnvironmentSpec(**spec)  # type: ignore[arg-type]
        return self.runner.environments.make(asked, sources, self.said.append)

    def values(
        self, source: Source, others: tuple[Source, ...], *modules: str, **spec: object
    ) -> str:
        """Return what modules hold for a job in the environment of a spec."""
        names = ", ".join(f"{module}.value" for module in modules)
        command = f"cd / && python -c 'import {', '.join(modules)}; print({names})'"
        outcome = self.runner.run(
            command,
            source,
            *others,
            environment=EnvironmentSpec(**spec),  # type: ignore[arg-type]
        )
        return outcome.log.splitlines()[-1]


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield Bench(runner, index)


def test_the_same_spec_is_the_same_folder_compiled_once_and_without_any_work(bench: Bench) -> None:
    bench.release("tool", "1.0")
    source = bench.project("app", "a")

    first = bench.make(source, install=("tool",))
    second = bench.make(bench.project("app", "b"), install=("tool",))

    assert first.path == second.path
    assert first.lock == second.lock
    assert first.seconds["environment"] > 0
    assert second.seconds == {} or sum(second.seconds.values()) < 0.1
    compiled = [path.name for path in first.path.rglob("__pycache__/tool.*.pyc")]
    assert len(compiled) == 1
    assert (first.path / "pyvenv.cfg").is_file()


def test_a_resolution_stays_until_a_refresh(bench: Bench) -> None:
    bench.release("tool", "1.0")
    source = bench.project("app", "a")
    before = bench.make(source, install=("tool",))

    bench.release("tool", "2.0")
    again = bench.make(source, install=("tool",))
    bench.runner.environments.refresh()
    after = bench.make(source, install=("tool",))

    assert again.lock == before.lock
    assert after.lock != before.lock
    assert bench.values(source, (), "tool", install=("tool",)) == "2.0"


def test_projects_take_the_place_of_their_releases(bench: Bench) -> None:
    bench.release("lib", "1.0")
    bench.release("tool", "1.0", "Requires-Dist: lib<2\n")
    app = bench.project("app", "app's own", "lib==7", "tool")
    lib = bench.project("lib", "lib's own")

    values = bench.values(app, (lib,), "app", "lib", "tool", install=(".",))

    assert values == "app's own lib's own 1.0"


def test_a_new_tree_is_a_new_layer_on_the_same_base(bench: Bench) -> None:
    bench.release("tool", "1.0")
    spec = {"install": (".", "tool")}

    first = bench.make(bench.project("app", "one"), **spec)
    second = bench.make(bench.project("app", "two"), **spec)

    assert first.path != second.path
    assert first.lock != second.lock
    shared = [next(made.path.rglob("tool.py")).stat().st_ino for made in (first, second)]
    own = [next(made.path.rglob("app.py")).read_text(encoding="utf-8") for made in (first, second)]
    assert shared[0] == shared[1]
    assert own == ["value = 'one'", "value = 'two'"]


def test_scripts_run_where_jobs_find_the_environment(bench: Bench) -> None:
    app = bench.project("app", "LOUD")

    outcome = bench.runner.run(
        "cd /; command -v say-app; head -1 $(command -v say-app); python -c 'import sys; "
        "print(sys.prefix)'; say-app; echo $?",
        app,
        environment=EnvironmentSpec(install=(".",)),
    )

    assert outcome.log.splitlines()[-5:] == [
        "/env/bin/say-app",
        "#!/env/bin/python",
        "/env",
        "loud",
        "1",
    ]


def test_builds_of_one_tree_at_once_build_it_once(bench: Bench) -> None:
    app = bench.project("app", "one")
    made: list[Environment] = []
    threads = [
        threading.Thread(target=lambda: made.append(bench.make(app, install=(".",))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({environment.path for environment in made}) == 1
    assert len(made) == 4
    assert bench.said.count("building app") == 2  # the gate's line, and the backend's


def test_a_build_that_fails_says_its_last_lines(bench: Bench) -> None:
    broken = bench.runner.commit(
        {"pyproject.toml": PYPROJECT, "backend.py": "raise SystemExit('no compiler here')"}, "app"
    )

    with pytest.raises(UserError, match=r"app does not build .exit status 1.*\n.*no compiler here"):
        bench.make(broken, install=(".",))


def test_requirements_without_a_solution_are_the_users(bench: Bench) -> None:
    bench.release("tool", "1.0")

    with pytest.raises(UserError, match="FT621"):
        bench.make(bench.project("app", "a"), install=("tool>2",))


def test_a_package_that_is_nowhere_is_the_users(bench: Bench) -> None:
    with pytest.raises(UserError, match="nowhere"):
        bench.make(bench.project("app", "a"), install=("nowhere",))


def test_offline_what_is_there_is_used_and_what_is_missing_is_named(
    bench: Bench, tmp_path: Path
) -> None:
    bench.release("tool", "1.0")
    bench.release("other", "1.0")
    source = bench.project("app", "a")
    spec = EnvironmentSpec(install=("tool",))
    made = bench.make(source, install=("tool",))
    runner = bench.runner
    offline = UvEnvironments(
        tmp_path / "gate" / "environments",
        Supplies(
            trees=runner.trees, bases=runner.bases, sandbox=runner.sandbox, clock=SystemClock()
        ),
        offline=True,
    )

    assert offline.make(spec, (source,), print).path == made.path
    with pytest.raises(TransientError, match="offline, and not in the cache: other"):
        offline.make(EnvironmentSpec(install=("other",)), (source,), print)


def test_preinstall_is_installed_and_constraints_hold(bench: Bench) -> None:
    for version in ("1.0", "2.0", "3.0"):
        bench.release("tool", version)
        bench.release("pre", version)
    source = bench.project("app", "a", files={"limits.txt": "tool<3\n"})

    values = bench.values(
        source, (), "tool", "pre", install=("tool", "-c limits.txt"), preinstall=("pre==1.0",)
    )

    assert values == "2.0 1.0"


def test_groups_and_files_of_the_tree(bench: Bench) -> None:
    bench.release("tool", "1.0")
    bench.release("other", "1.0")
    groups = '[dependency-groups]\ntests = ["tool"]\n'
    source = bench.runner.commit({"pyproject.toml": groups, "more.txt": "other\n"}, "app")

    assert bench.values(source, (), "tool", "other", install=("group:tests", "-r more.txt")) == (
        "1.0 1.0"
    )


def test_a_wheel_may_not_be_the_interpreter(bench: Bench) -> None:
    data = wheel("evil", "1.0", {"evil-1.0.data/scripts/python": "#!python\nprint('not me')\n"})
    bench.index.add("evil", "evil-1.0-py3-none-any.whl", data)

    with pytest.raises(UserError, match="reserved name `python`"):
        bench.make(bench.project("app", "a"), install=("evil",))


def test_a_file_of_another_hash_is_not_installed(bench: Bench, tmp_path: Path) -> None:
    bench.release("tool", "1.0")
    page = tmp_path / "index" / "simple" / "tool"
    file = page / "tool-1.0-py3-none-any.whl"
    file.write_bytes(wheel("tool", "1.0", {"tool.py": "value = 'other'\n"}))

    with pytest.raises(PortError) as caught:
        bench.make(bench.project("app", "a"), install=("tool",))

    assert "hash" in caught.value.what.lower()


def test_what_a_killed_maker_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "environments" / "made" / ".made-999999999-x"
    left.mkdir(parents=True)
    (left / "file").write_text("", encoding="utf-8")

    with local_jobs(tmp_path):
        assert not left.exists()
