"""`reproduce.sh` runs, says what it saw, and ends as it says, whatever its dossier holds.

The scripts are run for real by the shells that are here. Where no package has to come from the
index, `uv` is a stand-in: it makes an environment of this interpreter and a list of what would be
installed there, and refuses what it is told to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uv

from foretaste.report.check.script import as_script
from foretaste.taste.dossier import Dossier
from foretaste.taste.finding import Flake
from foretaste.taste.outcome import Signature
from foretaste.taste.releases import ReleaseFacts
from tests.unit.report.check import found

SHELLS = [path for name in ("dash", "bash", "busybox") if (path := shutil.which(name))]
INSTALLED = '"$(dirname "$(command -v python)")/../installed.txt"'
# Passes on the base, fails where markupsafe has moved.
TEST = f"grep -q markupsafe==2.0.1 {INSTALLED} || {{ echo soft_unicode is gone; exit 1; }}"

UV = """#!/bin/sh
case "$1" in
  venv)
    for folder; do :; done
    [ -z "${NO_PYTHON:-}" ] || { echo "no such interpreter"; exit 1; }
    mkdir -p "$folder/bin"
    ln -s "$REAL_PYTHON" "$folder/bin/python"
    echo "$@" >"$folder/made.txt" ;;
  pip)
    for last; do :; done
    [ "$5" = "" ] && exit 2
    folder=${5%/bin/python}
    printf '%s\\n' "$*" >>"$folder/asked.txt"
    if [ -d "$last" ]; then
      ! { [ -e "$last/broken-by-2.1.0" ] && grep -q markupsafe==2.1.0 "$folder/installed.txt"; }
    else
      [ -z "${NO_RELEASE:-}" ] || { echo "no such release"; exit 1; }
      cat "$last" >>"$folder/installed.txt"
    fi ;;
esac
"""
# Makes environments whose pip writes down what it is asked to install.
UVX = """#!/bin/sh
for folder; do :; done
mkdir -p "$folder/bin"
cat >"$folder/bin/python" <<'END'
#!/bin/sh
if [ "$1 $2 $3" = "-m pip install" ]; then
  for last; do :; done
  folder=$(dirname "$0")/..
  printf '%s\\n' "$PIP_CONSTRAINT" >"$folder/constrained.txt"
  cat "$last" >>"$folder/installed.txt"
else
  exec "$REAL_PYTHON" "$@"
fi
END
chmod +x "$folder/bin/python"
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def reproduce(tmp_path: Path) -> Run:
    """Run a dossier's script in an empty folder, with stand-ins for uv and uvx."""
    tools, here, temporary = (tmp_path / name for name in ("tools", "here", "tmp"))
    for folder in (tools, here, temporary):
        folder.mkdir()
    for name, text in (("uv", UV), ("uvx", UVX)):
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)

    def run(dossier: Dossier, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        script = here / "reproduce.sh"
        script.write_text(as_script(dossier), encoding="utf-8")
        shell = env.pop("SHELL_USED", SHELLS[0])
        command = [shell, *(["sh"] if shell.endswith("busybox") else [])]
        return subprocess.run(
            [*command, str(script), *arguments],
            cwd=here,
            env={
                "PATH": f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin",
                "TMPDIR": str(temporary),
                "REAL_PYTHON": sys.executable,
                **env,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def dossier(test: str = TEST, **facts: Any) -> Dossier:
    """Return a culprit that breaks a test which looks at what is installed."""
    failing = found.failure(
        message="soft_unicode is gone",
        signature=Signature(type="", message="soft_unicode is gone"),
    )
    subject = found.subject(**{"test": test, "files": {"made for": "it"}, **facts})
    return found.blaming(found.culprit("markupsafe", failures=(failing,)), subject=subject)


@pytest.mark.parametrize("shell", SHELLS)
def test_it_reproduces_in_every_shell(reproduce: Run, tmp_path: Path, shell: str) -> None:
    done = reproduce(dossier(), SHELL_USED=shell)

    assert done.stdout == (
        "markupsafe 2.1.0 breaks this project\n"
        "as it was: making an environment\n"
        "as it was: passes\n"
        "with markupsafe 2.1.0: making an environment\n"
        "with markupsafe 2.1.0: fails\n"
        "    | soft_unicode is gone\n"
        "reproduced\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not list((tmp_path / "tmp").iterdir())


def test_what_was_made_can_be_kept(reproduce: Run, tmp_path: Path) -> None:
    reproduce(dossier(preinstall=("setuptools==57.5.0",)), KEEP="1", PYTHON="3.7")

    (work,) = (tmp_path / "tmp").iterdir()
    asked = (work / "fails-1" / "asked.txt").read_text("utf-8").splitlines()
    assert asked[0].endswith(f"--no-deps -r {work}/before.txt")
    assert "--require-hashes --build-constraints" in asked[1]
    assert "setuptools==57.5.0" in (work / "fails-1" / "installed.txt").read_text("utf-8")
    assert "--python 3.7" in (work / "passes" / "made.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("facts", "arguments", "env", "status", "said"),
    [
        ({"test": "true"}, [], {}, 1, "with markupsafe 2.1.0: passes here\nnot reproduced\n"),
        ({"test": "false"}, [], {}, 3, "not tried: the test fails on the base already\n"),
        ({}, [], {"NO_RELEASE": "1"}, 3, "not tried: the environment of the base cannot be made\n"),
        ({}, [], {"NO_PYTHON": "1"}, 3, "not tried: the environment of the base cannot be made\n"),
        ({}, [], {"PATH": "/usr/bin:/bin"}, 3, "not tried: there is no uv on the PATH\n"),
        ({}, ["nowhere"], {}, 3, "not tried: there is no such folder\n"),
        ({"files": {}}, [], {}, 3, "not tried: this is no project's folder; name it:"),
    ],
)
def test_it_says_when_there_is_nothing_to_see(
    reproduce: Run,
    facts: dict[str, Any],
    arguments: list[str],
    env: dict[str, str],
    status: int,
    said: str,
) -> None:
    done = reproduce(dossier(**facts), *arguments, **env)

    assert said in done.stdout + done.stderr
    assert done.returncode == status


def test_a_failure_with_another_message_is_told_as_such(reproduce: Run) -> None:
    other = TEST.replace("soft_unicode is gone", "the disk is full")

    done = reproduce(dossier(other))

    assert "with markupsafe 2.1.0: but not with the message that was reported\n" in done.stdout
    assert done.returncode == 0


def test_a_hang_is_ended_with_the_stacks_shown(reproduce: Run) -> None:
    hang = "import threading; threading.Event().wait()"
    test = f"grep -q markupsafe==2.0.1 {INSTALLED} || python -c '{hang}'"

    done = reproduce(dossier(test), LIMIT="1")

    assert "in <module>" in done.stdout  # what faulthandler shows of where it hung
    assert done.returncode == 0


def test_a_flaky_test_gets_a_second_chance(reproduce: Run, tmp_path: Path) -> None:
    count = tmp_path / "count"
    flaky = f'echo >>"$COUNT"; [ "$(wc -l <"$COUNT")" -ne 1 ] && {TEST}'
    known = replace(dossier(flaky), flaky=(Flake(test="t::x", rate=0.3, runs=9),))

    assert reproduce(dossier(flaky), COUNT=str(count)).returncode == 3
    count.unlink()
    assert reproduce(known, COUNT=str(count)).returncode == 0


def test_a_base_that_is_red_is_judged_by_the_message(reproduce: Run) -> None:
    red = f"grep -q markupsafe==2.0.1 {INSTALLED} || echo soft_unicode is gone; exit 1"

    assert reproduce(replace(dossier(red), red=("t::red",))).returncode == 0
    assert reproduce(replace(dossier("exit 1"), red=("t::red",))).returncode == 1


def test_a_base_that_is_red_leaves_those_tests_out_where_it_can(reproduce: Run) -> None:
    # Stands for pytest: fails where it is not told to leave the red test out.
    red = f"""[ "$PYTEST_ADDOPTS" = "--deselect='t.py::a b'" ] && {TEST} # pytest"""

    assert reproduce(replace(dossier(red), red=("t.py::a b",))).returncode == 0


def test_a_project_that_does_not_build_is_broken(reproduce: Run, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "broken-by-2.1.0").touch()
    (project / "pyproject.toml").touch()

    done = reproduce(dossier("true", installed=True, files={}), str(project))

    assert "as it was: passes\n" in done.stdout
    assert "with markupsafe 2.1.0: fails\n" in done.stdout
    assert done.returncode == 0


def test_the_test_runs_in_a_copy_of_the_folder(reproduce: Run, tmp_path: Path) -> None:
    project = tmp_path / "a project"
    (project / ".venv").mkdir(parents=True)
    (project / "data.txt").write_text("x", encoding="utf-8")

    done = reproduce(
        dossier(f"[ -e data.txt ] && [ ! -e .venv ] && touch written && {TEST}", files={}),
        str(project),
    )

    assert done.returncode == 0
    assert sorted(path.name for path in project.iterdir()) == [".venv", "data.txt"]


def test_an_interpreter_that_uv_does_not_know_is_made_by_virtualenv(
    reproduce: Run, tmp_path: Path
) -> None:
    old = dossier(python="2.7.18", build_constraints=("setuptools==44.1.1",))

    done = reproduce(old, NO_PYTHON="1", KEEP="1")

    (work,) = (tmp_path / "tmp").iterdir()
    assert done.returncode == 0, done.stdout + done.stderr
    constraint = (work / "passes" / "constrained.txt").read_text("utf-8").strip()
    assert Path(constraint).read_text("utf-8") == "setuptools==44.1.1\n"


def test_variables_reach_the_test_and_nothing_else(reproduce: Run) -> None:
    env = {"work": "/nowhere", "SEEN": "it's", "PATH": "/usr/bin:/bin"}

    done = reproduce(dossier(f'[ "$SEEN" = "it\'s" ] && {TEST}', env=env))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "'; touch pwned; '",
        "$(touch pwned)`touch pwned`",
        "x\nEND\ntouch pwned\n",
        'a" && touch pwned #',
        "\x1b[2J\u202e\r\ntouch pwned",
        "-n %s \\c",
        "--index-url=x",
    ],
)
def test_nothing_that_is_quoted_runs(reproduce: Run, tmp_path: Path, text: str) -> None:
    failing = found.failure(text, message=text, signature=Signature(type=text, message=text))
    hostile = found.blaming(
        found.culprit("markupsafe", failures=(failing,)),
        subject=found.subject(
            project=text,
            version=text,
            test=f"{TEST} # {text!r}",
            base_from=text,
            files={"a.txt": text, text.replace("\0", ""): "x", "../pwned": "x"},
            env={"VALUE": text},
            preinstall=(text,),
            build_constraints=(text,),
            extra_build={text: (text,), "x": ("setuptools<80",)},
        ),
    )

    done = reproduce(replace(hostile, red=(text,)), KEEP="1")

    assert done.returncode in {0, 1}, done.stdout + done.stderr
    assert not list(tmp_path.rglob("pwned"))
    assert "\x1b" not in done.stdout


def test_a_release_without_a_sound_name_is_not_tried(reproduce: Run) -> None:
    told = dossier()
    culprit = replace(told.culprits[0], fails=(ReleaseFacts(name="a; touch pwned", version="1"),))

    done = reproduce(replace(told, culprits=(culprit,)))

    assert done.returncode == 3
    assert done.stderr == "not tried: a release cannot be named here\n"


SIX = {
    "1.15.0": "sha256:8b74bedcbbbaca38ff6d7491d76f2b06b3592611af620f8426e82dddb04a5ced",
    "1.16.0": "sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254",
}


@pytest.mark.network
def test_it_reproduces_with_uv_itself(tmp_path: Path) -> None:
    base = {"six": "1.15.0"}
    space = found.lattice({"six": "1.16.0"}, base)
    known = tuple(
        ReleaseFacts(name="six", version=version, hashes=(digest,))
        for version, digest in SIX.items()
    )
    told = found.blaming_in(
        space,
        found.culprit("six"),
        releases=known,
        subject=found.subject(
            test="python test_six.py",
            files={"test_six.py": "import six\nassert six.__version__ == '1.15.0'\n"},
        ),
    )
    script = tmp_path / "reproduce.sh"
    script.write_text(as_script(told), encoding="utf-8")
    env = {**os.environ, "PATH": f"{Path(uv.find_uv_bin()).parent}{os.pathsep}{os.environ['PATH']}"}

    done = subprocess.run(
        ["sh", str(script)],
        cwd=tmp_path,
        env={**env, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.endswith("reproduced\n"), done.stdout + done.stderr
    assert done.returncode == 0
