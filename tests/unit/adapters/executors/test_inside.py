"""What runs inside of jobs runs under every Python there is, and changes nothing there.

Each interpreter that is found here runs our own files, and nothing else, in a folder of the test's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from foretaste.adapters.sandbox.standstill import catches
from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.ports.environments import STACKS_SIGNAL
from foretaste.ports.errors import UserError

INSIDE = str(files("foretaste") / "adapters" / "executors" / "inside")
VERSIONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
FINDER = Interpreters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """One interpreter, run in a folder with our files on its path."""

    version: str
    program: Path
    folder: Path

    @property
    def variables(self) -> Mapping[str, str]:
        """What a watched job has of ours."""
        return {
            "PATH": os.defpath,
            "PYTHONPATH": INSIDE,
            "PYTHONDONTWRITEBYTECODE": "1",
            "FORETASTE_TESTS": str(self.folder / "tests.jsonl"),
            "FORETASTE_STACKS": str(self.folder / "stacks-"),
            "FORETASTE_STACKS_SIGNAL": str(STACKS_SIGNAL),
        }

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            [str(self.program), *arguments],
            cwd=self.folder,
            env={name: text for name, text in {**self.variables, **variables}.items() if text},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def stacks(self) -> str:
        """What all processes wrote of where they stood."""
        return "".join(each.read_text("utf-8") for each in self.folder.glob("stacks-*"))

    def told(self) -> list[dict[str, str]]:
        """The lines that were told."""
        text = (self.folder / "tests.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(name="python", params=VERSIONS)
def python_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Python:
    try:
        found = FINDER.find(request.param)
    except UserError:
        pytest.skip(f"no Python {request.param} here")
    return Python(version=request.param, program=found.path, folder=tmp_path)


def put(folder: Path, texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def test_the_path_is_as_without_us_but_for_its_end(python: Python) -> None:
    code = "import sys; print('|'.join(sys.path))"

    watched = python.run("-c", code)
    alone = python.run("-c", code, PYTHONPATH="")

    assert watched.stderr == ""
    assert watched.stdout.strip() == f"{alone.stdout.strip()}|{INSIDE}"


def test_a_process_that_imports_pytest_takes_the_plugin_along(python: Python) -> None:
    put(python.folder, {"pytest.py": "import os\nseen = os.environ.get('PYTEST_ADDOPTS')\n"})
    code = (
        "import os, sys, json; before = os.environ.get('PYTEST_ADDOPTS');"
        "import pytest, foretaste_hook; print(pytest.seen); foretaste_hook.withdraw();"
        "print(os.environ.get('PYTEST_ADDOPTS') == before, [type(each).__name__ for each in sys.meta_path])"
    )

    alone = python.run("-c", code)
    beside = python.run("-c", code, PYTEST_ADDOPTS="--lf")
    unwatched = python.run("-c", code, FORETASTE_TESTS="")

    assert alone.stderr == ""
    assert alone.stdout.splitlines()[0] == "-p foretaste_watch"
    assert beside.stdout.splitlines()[0] == "--lf -p foretaste_watch"
    assert unwatched.stdout.splitlines()[0] == "None"
    for ended in (alone, beside, unwatched):
        assert "True" in ended.stdout.splitlines()[1]
        assert "_Finder" not in ended.stdout.splitlines()[1]


def test_a_sitecustomize_of_the_environments_own_runs(python: Python) -> None:
    put(python.folder, {"own/sitecustomize.py": "value = 'own'\n"})
    path = f"{INSIDE}:{python.folder}/own"

    own = python.run("-c", "import sitecustomize as s; print(s.value)", PYTHONPATH=path)
    none = python.run("-c", "import sitecustomize as s; print(hasattr(s, 'value'))")

    assert own.stdout == "own\n", own.stderr
    assert none.stdout == "False\n", none.stderr


def test_a_sitecustomize_that_breaks_is_told_as_python_does(python: Python) -> None:
    put(python.folder, {"own/sitecustomize.py": "raise ValueError('no')\n"})

    path = f"{python.folder}/own"
    watched = python.run("-c", "print('on')", PYTHONPATH=f"{INSIDE}:{path}")
    alone = python.run("-c", "print('on')", PYTHONPATH=path)

    assert watched.stderr.splitlines()[-1] == alone.stderr.splitlines()[-1]
    assert (watched.returncode, watched.stdout) == (alone.returncode, alone.stdout)


def test_a_process_that_is_asked_tells_where_it_stands_and_goes_on(python: Python) -> None:
    code = (
        "import sys\n"
        "def stands():\n"
        "    sys.stdout.write('1\\n')\n"
        "    return sys.stdin.readline()\n"
        "print(stands())"
    )
    process = subprocess.Popen(
        [str(python.program), "-u", "-c", code],
        cwd=python.folder,
        env=dict(python.variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    old = python.version == "2.7"
    # What Python 2.7 would do of such a signal is to end: nobody sends it there.
    assert catches(process.pid, STACKS_SIGNAL) is not old
    if not old:
        process.send_signal(STACKS_SIGNAL)

    out, _ = process.communicate("on\n", timeout=30)

    assert (process.returncode, out) == (0, "on\n\n")
    assert ("in stands" in python.stacks()) is not old


def test_nothing_runs_beside_what_is_tested(python: Python) -> None:
    code = "import os; print(len(os.listdir('/proc/self/task')))"

    assert python.run("-c", code).stdout == "1\n"


def test_a_process_that_is_told_to_abort_tells_where_it_stands(python: Python) -> None:
    code = "import os\ndef stands():\n    os.abort()\nstands()"

    ended = python.run("-c", code)

    assert ended.returncode == -signal.SIGABRT
    assert ("in stands" in python.stacks()) is (python.version != "2.7")


def test_without_a_place_for_stacks_nothing_is_said(python: Python) -> None:
    ended = python.run("-c", "print(1)", FORETASTE_STACKS="/nowhere/at/all-")

    assert (ended.stdout, ended.stderr, ended.returncode) == ("1\n", "", 0)


PROJECT = {
    "setup.py": "raise SystemExit('never')\n",
    "src/own/__init__.py": "from dep import here\nimport dep.inner as inner\n",
    "src/own/good.py": "import dep\ndef late():\n    inner = dep.inner.value\n    dep.gone.x\n",
    "src/own/bad.py": "from dep import missing\n",
    "src/own/ends.py": "import os\nos._exit(3)\n",
    "src/own/after.py": "import sys\nsys.exit('a program')\n",
    "src/own/tests/test_own.py": "raise SystemExit('never')\n",
    "tests/test_it.py": "import dep.inner\nfrom dep import Thing\nThing.method\nThing.other\n",
    "site/dep/__init__.py": "here = 1\nclass Thing(object):\n    def method(self): pass\n",
    "site/dep/inner.py": "value = 1\n",
}


def test_imports_are_tried_one_by_one(python: Python) -> None:
    put(python.folder, PROJECT)
    (python.folder / "site" / "pyvenv.cfg").touch()
    path = f"{INSIDE}:{python.folder}/site"

    ended = python.run(f"{INSIDE}/foretaste_imports.py", PYTHONPATH=path)

    assert (ended.returncode, ended.stderr) == (0, "")
    first, *told, last = python.told()
    assert list(first) == ["begin"]
    assert list(last) == ["end"]
    outcomes = {each["test"]: (each["outcome"], each["type"]) for each in told}
    assert outcomes == {
        "import own": ("passed", ""),
        "import own.after": ("failed", "SystemExit"),
        "import own.bad": ("failed", "ImportError"),
        "import own.ends": ("failed", "Crash"),
        "import own.good": ("passed", ""),
        "use dep": ("passed", ""),
        "use dep.Thing": ("passed", ""),
        "use dep.Thing.method": ("passed", ""),
        "use dep.Thing.other": ("failed", "AttributeError"),
        "use dep.gone.x": ("failed", "AttributeError"),
        "use dep.here": ("passed", ""),
        "use dep.inner": ("passed", ""),
        "use dep.inner.value": ("passed", ""),
        "use dep.missing": ("failed", "ImportError"),
    }
    missing = next(each for each in told if each["test"] == "use dep.missing")
    assert missing["message"].startswith("cannot import name 'missing' from 'dep' (")
    assert 'File "src/own/bad.py", line 1, in <module>' in missing["trace"]


def test_only_the_imports_that_are_asked_for_are_tried(python: Python) -> None:
    put(python.folder, PROJECT)
    put(python.folder, {"only": '"use dep.here"\n"import own.ends"\n"t.py::test"\n'})

    python.run(
        f"{INSIDE}/foretaste_imports.py",
        PYTHONPATH=f"{INSIDE}:{python.folder}/site",
        FORETASTE_ONLY=str(python.folder / "only"),
    )

    assert [each["test"] for each in python.told()[1:-1]] == ["import own.ends", "use dep.here"]


def test_a_package_is_filled_up_but_for_its_tests(python: Python) -> None:
    put(
        python.folder,
        {
            "site-packages/app/__init__.py": "new = True\n",
            "site-packages/app/part/core.py": "value = 'new'\n",
            "site-packages/app/tests/test_new.py": "",
            "site-packages/app/conftest.py": "new\n",
            "src/app/tests/test_old.py": "",
            "src/app/part/tests/test_part.py": "",
            "src/app/conftest.py": "old\n",
        },
    )
    site = f"{INSIDE}:{python.folder}/site-packages"

    ended = python.run(f"{INSIDE}/foretaste_fill.py", "src/app", PYTHONPATH=site)
    missing = python.run(f"{INSIDE}/foretaste_fill.py", "src/other", PYTHONPATH=site)

    assert (ended.returncode, ended.stderr) == (0, "")
    app = python.folder / "src" / "app"
    assert sorted(path.relative_to(app).as_posix() for path in app.rglob("*.*")) == [
        "__init__.py",
        "conftest.py",
        "part/core.py",
        "part/tests/test_part.py",
        "tests/test_old.py",
    ]
    assert (app / "conftest.py").read_text("utf-8") == "old\n"
    assert missing.returncode == 1
    assert missing.stderr == "nothing of the name src/other is installed\n"
