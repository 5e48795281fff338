"""Environments of pinned releases: exactly those, the project on top, on every Python there is."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.uv import packages, workbench
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.adapters.uv.wheels import Recipe
from foretaste.ports.environments import Environment
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.executor import EnvironmentSpec, Source
from foretaste.ports.index import IndexFile
from foretaste.ports.releases import Pin
from tests.fakes.index import PlainIndex, plain_index, sdist, wheel
from tests.fakes.jobs import JobRunner, local_jobs

# Builds a module that holds which release of `tool` built it; runs on Python 2.7, too.
BACKEND = """
import os, zipfile
NAME, NEEDS = {name!r}, {needs!r}
def get_requires_for_build_wheel(settings=None):
    return NEEDS
def build_wheel(folder, settings=None, metadata=None):
    try:
        from tool import value
    except ImportError:
        value = "nothing"
    if value == "bad":
        raise RuntimeError("this tool builds nothing")
    name = NAME + "-1.0-py2.py3-none-any.whl"
    info = NAME + "-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr(NAME + ".py", "value = " + repr(NAME + " by " + value))
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + NAME +
            "\\nVersion: 1.0\\nRequires-Dist: beside\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
            "Root-Is-Purelib: true\\nTag: py2-none-any\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", recorded(archive) + info + "RECORD,,\\n")
    return name

def recorded(archive):
    import base64, hashlib
    lines = []
    for name in archive.namelist():
        data = archive.read(name)
        found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append("%s,sha256=%s,%d\\n" % (name, found, len(data)))
    return "".join(lines)
"""
PYPROJECT = '[build-system]\nrequires = ["tool"]\nbuild-backend = "backend"\nbackend-path = ["."]\n'


class Bench:
    """A runner, an index, and what was said."""

    def __init__(self, runner: JobRunner, index: PlainIndex) -> None:
        self.runner = runner
        self.index = index
        self.said: list[str] = []

    def release(self, name: str, version: str, value: str = "") -> str:
        """Put a release on the index; return the line that pins it."""
        data = wheel(name, version, {f"{name}.py": f"value = {value or version!r}\n"})
        self.index.add(name, f"{name}-{version}-py3-none-any.whl", data)
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(data).hexdigest()}"

    def project(self, name: str = "app", needs: object = ()) -> Source:
        """Commit a project that `tool` builds."""
        backend = BACKEND.format(name=name, needs=needs)
        return self.runner.commit({"pyproject.toml": PYPROJECT, "backend.py": backend}, name)

    def make(self, *sources: Source, **spec: object) -> Environment:
        """Make an environment."""
        asked = EnvironmentSpec(**spec)  # type: ignore[arg-type]
        return self.runner.environments.make(
            asked, sources or (self.runner.commit({"README": ""}),), self.said.append
        )

    def values(self, environment: Environment) -> Mapping[str, str]:
        """Return what the modules of an environment hold."""
        return {
            path.stem: path.read_text(encoding="utf-8").partition("= ")[2].strip().strip("'")
            for path in environment.path.glob("lib/*/site-packages/*.py")
        }


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield Bench(runner, index)


def test_exactly_these_are_there_and_nothing_is_resolved(bench: Bench) -> None:
    one = bench.release("one", "1.0")
    bench.release("one", "2.0")
    two = bench.release("two", "1.0")

    made = bench.make(pins=(one, two))

    assert bench.values(made) == {"one": "1.0", "two": "1.0"}
    assert not list((bench.runner.folder / "environments").glob("resolutions/*"))


def test_a_state_that_differs_by_one_release_shares_the_others(bench: Bench) -> None:
    pins = [bench.release("one", "1.0"), bench.release("two", "1.0")]
    first = bench.make(pins=tuple(pins))

    second = bench.make(pins=(pins[0], bench.release("two", "2.0")))

    assert bench.values(second) == {"one": "1.0", "two": "2.0"}
    shared = [next(each.path.rglob("one.py")).stat().st_ino for each in (first, second)]
    assert shared[0] == shared[1]
    assert first.lock != second.lock
    assert bench.make(pins=tuple(pins)).path == first.path


def test_the_project_goes_on_top_built_by_what_is_pinned_for_it(bench: Bench) -> None:
    one, bench_tool = bench.release("one", "1.0"), bench.release("tool", "1.0")
    bench.release("tool", "2.0")
    app = bench.project()

    made = bench.make(app, install=(".",), pins=(one,), build_pins=(bench_tool,))
    today = bench.make(app, install=(".",), pins=(one,))

    assert bench.values(made) == {"one": "1.0", "app": "app by 1.0"}
    assert bench.values(today) == {"one": "1.0", "app": "app by 2.0"}


def test_what_is_pinned_and_does_not_build_the_project_is_its_fault(bench: Bench) -> None:
    bad = bench.release("tool", "3.0", "bad")

    with pytest.raises(
        UserError, match=r"FT626: app does not build[\s\S]*this tool builds nothing"
    ):
        bench.make(bench.project(), install=(".",), pins=(), build_pins=(bad,))


def test_what_a_backend_asks_for_and_nobody_pinned_is_added_and_said(bench: Bench) -> None:
    tool = bench.release("tool", "1.0")
    bench.release("more", "1.0")
    bench.release("tool", "2.0")
    app = bench.project(needs=["more", "tool>0", "never; python_version < '3'"])

    made = bench.make(app, install=(".",), pins=(), build_pins=(tool,))

    assert bench.values(made) == {"app": "app by 1.0"}
    assert "not pinned, and needed to build: more" in bench.said


def test_what_is_installed_before_anything_else_never_moves(bench: Bench) -> None:
    pre, newer = bench.release("pre", "1.0"), bench.release("pre", "2.0")

    made = bench.make(pins=(newer,), preinstall=("pre==1.0",))

    assert pre != newer
    assert bench.values(made) == {"pre": "1.0"}


def test_other_projects_take_the_place_of_their_releases(bench: Bench) -> None:
    lib, _ = bench.release("lib", "1.0"), bench.release("tool", "1.0")

    made = bench.make(bench.runner.commit({"a": ""}), bench.project("lib"), pins=(lib,))

    assert bench.values(made) == {"lib": "lib by 1.0"}


def test_a_wheel_that_was_built_here_is_a_pin(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "here" / "one-1.0-py3-none-any.whl"
    path.parent.mkdir()
    path.write_bytes(wheel("one", "1.0", {"one.py": "value = 'here'\n"}))

    assert bench.values(bench.make(pins=(f"one @ {path.as_uri()}",))) == {"one": "here"}
    with pytest.raises(UserError, match=r"FT629: .* is not the file that was pinned"):
        bench.make(pins=(f"one @ {path.as_uri()} --hash=sha256:{'0' * 64}",))
    path.unlink()
    with pytest.raises(UserError, match="FT660: the wheel of one is gone"):
        bench.make(pins=(f"one @ {path.as_uri()} --hash=sha256:{'1' * 64}",))


def test_a_name_in_two_versions_is_read_at_once(bench: Bench) -> None:
    pins = [
        Pin(name="one", version=version, hashes=(bench.release("one", version).rpartition("=")[2],))
        for version in ("1.0", "2.0")
    ]

    have = bench.runner.environments.bench.packages.have(
        pins, bench.runner.environments.bench.interpreters.find("")
    )

    assert [each.release.version for each in have] == ["1.0", "2.0"]


def test_releases_that_bring_the_same_file_are_each_whole(bench: Bench) -> None:
    lines = []
    for name in ("one", "two"):
        data = wheel(name, "1.0", {"shared.py": f"value = {name!r}\n", f"{name}.py": "value = 1\n"})
        bench.index.add(name, f"{name}-1.0-py3-none-any.whl", data)
        lines.append(f"{name}==1.0 --hash=sha256:{hashlib.sha256(data).hexdigest()}")

    made = bench.make(pins=tuple(lines))
    turned = bench.make(pins=tuple(reversed(lines)))

    assert bench.values(made)["shared"] == "two"
    assert bench.values(turned)["shared"] == "one"
    assert any("two overwrites files of one: " in line for line in bench.said)


def test_somebodys_hand_in_uvs_cache_is_noticed(bench: Bench, tmp_path: Path) -> None:
    recorded = _recorded_wheel("one", {"one.py": "value = 'true'\n"})
    bench.index.add("one", "one-1.0-py3-none-any.whl", recorded)
    line = f"one==1.0 --hash=sha256:{hashlib.sha256(recorded).hexdigest()}"
    assert bench.values(bench.make(pins=(line,))) == {"one": "true"}
    (cached,) = (tmp_path / "cache").rglob("one.py")
    cached.write_text("value = 'false'\n", encoding="utf-8")
    runner = bench.runner
    supplies = Supplies(
        trees=runner.trees, bases=runner.bases, sandbox=runner.sandbox, clock=SystemClock()
    )
    source = runner.commit({"README": ""})
    spec = EnvironmentSpec(pins=(line,))

    again = UvEnvironments(tmp_path / "again", supplies).make(spec, (source,), print)

    assert bench.values(again) == {"one": "true"}
    with pytest.raises(UserError, match=r"FT661: .*one\.py is not the file that its RECORD names"):
        UvEnvironments(tmp_path / "offline", supplies, offline=True).make(spec, (source,), print)


def test_what_somebody_left_of_a_package_is_not_in_the_way(bench: Bench) -> None:
    line = bench.release("one", "1.0")
    bench.make(pins=(line,))
    (about,) = (bench.runner.folder / "environments" / "packages").glob("*/about.json")
    about.unlink()

    assert bench.values(bench.make(pins=(line, bench.release("two", "1.0"))))["one"] == "1.0"


def test_offline_what_is_here_is_enough(bench: Bench, tmp_path: Path) -> None:
    line, missing = bench.release("one", "1.0"), bench.release("two", "1.0")
    made = bench.make(pins=(line,))
    runner = bench.runner
    offline = UvEnvironments(
        tmp_path / "gate" / "environments",
        Supplies(
            trees=runner.trees, bases=runner.bases, sandbox=runner.sandbox, clock=SystemClock()
        ),
        offline=True,
    )
    source = runner.commit({"README": ""})

    assert offline.make(EnvironmentSpec(pins=(line,)), (source,), print).path == made.path
    with pytest.raises(TransientError, match="FT624"):
        offline.make(EnvironmentSpec(pins=(missing,)), (source,), print)


def test_what_one_asker_has_built_is_not_what_another_gets(bench: Bench) -> None:
    for version in ("1.0", "2.0"):
        bench.release("tool", version)
    files = {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND.format(name="dep", needs=()),
        "PKG-INFO": "Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n",
    }
    bench.index.add("dep", "dep-1.0.tar.gz", sdist("dep", "1.0", files))
    # What it requires is on the index, too, for this way resolves.
    bench.release("beside", "1.0")

    old = bench.make(install=("dep",), build_constraints=("tool<2",))
    new = bench.make(install=("dep",))

    assert bench.values(old)["dep"] == "dep by 1.0"
    assert bench.values(new)["dep"] == "dep by 2.0"


def test_one_source_of_the_index_is_built_to_a_pin(bench: Bench) -> None:
    bench.release("tool", "1.0")
    data = sdist(
        "dep",
        "1.0",
        {"pyproject.toml": PYPROJECT, "backend.py": BACKEND.format(name="dep", needs=())},
    )
    bench.index.add("dep", "dep-1.0.tar.gz", data)
    made = bench.runner.environments.bench
    work = made.begin("", Recipe(), bench.said.append)
    url = f"{made.uv.index()}/dep/dep-1.0.tar.gz"
    file = IndexFile(
        filename="dep-1.0.tar.gz",
        kind="sdist",
        version="1.0",
        url=url,
        sha256=hashlib.sha256(data).hexdigest(),
    )

    pin = made.exactly(work, "dep", file)

    assert (pin.name, pin.version) == ("dep", "1.0")
    assert Path(pin.wheel).is_file()
    assert bench.values(bench.make(pins=(f"dep @ file://{pin.wheel} --hash={pin.hashes[0]}",))) == {
        "dep": "dep by 1.0"
    }


def test_what_was_used_longest_ago_is_removed_unless_somebody_may_stand_on_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "_KEPT", 1)
    monkeypatch.setattr(packages, "_KEPT", 1)
    environments = bench.runner.folder / "environments"
    lines = [bench.release(name, "1.0") for name in ("one", "two", "three")]
    old = bench.make(pins=(lines[0],))
    os.utime(old.path, (1, 1))
    (about,) = (environments / "packages").glob("*/about.json")
    os.utime(about, (1, 1))

    lately, now = (bench.make(pins=(line,)) for line in lines[1:])

    assert not old.path.exists()
    assert not about.exists()
    assert lately.path.exists()  # used within hours, however many are kept
    assert now.path.exists()
    assert len(list((environments / "packages").glob("*/about.json"))) == 2
    # It is a cache: what was removed is made again.
    assert bench.values(bench.make(pins=(lines[0],))) == {"one": "1.0"}


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.7", "3.8", "3.13"])
def test_every_python_runs_what_it_is_given(bench: Bench, python: str) -> None:
    try:
        Interpreters().find(python)
    except UserError as error:
        pytest.skip(error.what)
    data = _recorded_wheel(
        "one",
        {
            "one.py": "value = 'one'\ndef main():\n    print(value.upper())\n",
            "one.pth": "import os\n",
        },
    )
    bench.index.add("one", "one-1.0-py2.py3-none-any.whl", data)
    line = f"one==1.0 --hash=sha256:{hashlib.sha256(data).hexdigest()}"
    system = PYPROJECT.replace('"tool"', "")
    files = {"pyproject.toml": system, "backend.py": BACKEND.format(name="app", needs=())}

    outcome = bench.runner.run(
        "cd /; python -c 'import sys, one, app; print(sys.version[:3]); print(one.value); "
        "print(app.value); print(sys.prefix)'; say-one; head -1 $(command -v say-one)",
        bench.runner.commit(files),
        environment=EnvironmentSpec(python=python, install=(".",), pins=(line,), build_pins=()),
    )

    minor = python if python != "3.13" else "3.1"
    assert outcome.log.splitlines()[-6:] == [
        minor,
        "one",
        "app by nothing",
        "/env",
        "ONE",
        "#!/env/bin/python",
    ]
    compiled = "one.pyc" if python == "2.7" else "__pycache__/one.*.pyc"
    assert list((bench.runner.folder / "environments" / "packages").rglob(compiled))


def _recorded_wheel(name: str, files: Mapping[str, str]) -> bytes:
    """Return a wheel for every Python, with hashes in its record and a script."""
    info = f"{name}-1.0.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\n"
        "Tag: py2-none-any\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\nsay-{name} = {name}:main\n",
    }
    lines = []
    for path, text in content.items():
        found = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        lines.append(f"{path},sha256={found.decode()},{len(text.encode())}")
    content[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return data.getvalue()
