"""From a check on to the first bad commit, by the program, on an index and a repository of one's own."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.checked import BEFORE, CheckedProject, checked_project
from tests.fakes.upstream import Step, make_upstream

BACKEND = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    version = os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"]
    name, info = f"alpha-{version}-py3-none-any.whl", f"alpha-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.write("alpha.py")
        archive.writestr(f"{info}/METADATA",
                         f"Metadata-Version: 2.1\\nName: alpha\\nVersion: {version}\\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{info}/RECORD", "".join(f"{each},,\\n" for each in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
GOOD, BAD = "def greet(): pass\n", "def hello(): pass\n"


def commit(text: str, backend: str = BACKEND, **more: object) -> Step:
    files = {"pyproject.toml": PYPROJECT, "backend.py": backend, "alpha.py": text}
    return Step(files=files, **more)  # type: ignore[arg-type]


# The break comes by a branch that is merged; one commit before it does not build.
STEPS = [
    commit(GOOD, tags=["v1.0"], message="Release 1.0"),
    commit(GOOD + "a = 1\n"),
    commit(GOOD + "b = 1\n", backend="raise SystemExit('not now')\n"),
    commit(GOOD + "c = 1\n"),
    commit(BAD + "d = 1\n", after=[1], message="Rename greet"),
    commit(BAD + "e = 1\n", after=[3, 4], message="Merge the new name"),
    commit(BAD + "f = 1\n", tags=["v2.0"], message="Release 2.0"),
]


def published(project: CheckedProject) -> None:
    project.release("alpha", "1.0", BEFORE, {"alpha.py": GOOD})
    project.release("alpha", "2.0", "2026-01-20", {"alpha.py": BAD})
    project.write(["alpha"], ["alpha==1.0"], "import alpha\nalpha.greet()\n")


def test_the_commit_on_a_merged_branch_is_found(tmp_path: Path) -> None:
    made = make_upstream(tmp_path / "alpha.git", STEPS)
    with checked_project(tmp_path) as project:
        published(project)

        checked = project.check("--bisect-upstream", str(made.folder), "--report", str(tmp_path))

    assert checked.status == 1, checked.errors
    upstream = checked.said["upstream"]
    assert [each["subject"] for each in upstream["commits"]] == ["Rename greet"], upstream
    assert upstream["commits"][0]["commit"] == made.commits[4]
    assert (upstream["tags"], upstream["between"]) == (["v1.0", "v2.0"], 6)
    assert upstream["trials"] <= 6
    # It goes on from the very verdict that a check gives by itself.
    assert checked.said["hold_back"] == {"alpha": "<2.0"}


def test_a_repository_without_the_tag_says_what_was_looked_for(tmp_path: Path) -> None:
    made = make_upstream(tmp_path / "alpha.git", STEPS[:4])
    with checked_project(tmp_path) as project:
        published(project)

        checked = project.check("--bisect-upstream", str(made.folder))

    assert checked.status == 1, checked.whole
    assert "error[FT963]: no tag stands for alpha 2.0; looked for 2.0, v2.0" in checked.errors
    assert "there are v1.0" in checked.errors


def test_a_tag_that_is_not_what_was_released_is_said_to_be_none(tmp_path: Path) -> None:
    steps = [STEPS[0], commit(GOOD, tags=["v2.0"])]
    made = make_upstream(tmp_path / "alpha.git", steps)
    with checked_project(tmp_path) as project:
        published(project)

        checked = project.check("--bisect-upstream", str(made.folder))

    assert checked.status == 1, checked.errors
    assert checked.said["upstream"]["found"] is False
    assert "does not show the failure of its files" in checked.said["upstream"]["why"]


def test_a_place_that_would_start_something_is_refused_before_anything_is_run(
    tmp_path: Path,
) -> None:
    with checked_project(tmp_path) as project:
        published(project)

        checked = project.check("--bisect-upstream", "ext::sh -c touch% reached")

    assert checked.status == 2, json.dumps(checked.said)
    assert "error[FT960]" in checked.errors
    assert "trial" not in checked.errors
    assert not list(tmp_path.rglob("reached"))
