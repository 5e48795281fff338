"""`foretaste replay`, by the program, on an index of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.checked import CheckedProject, checked_project
from tests.fakes.dated_index import DatedFile
from tests.fakes.index import wheel

GOOD, BAD = {"alpha.py": "def greet(): pass\n"}, {"alpha.py": "def hello(): pass\n"}
TEST = "import alpha, beta\nalpha.greet()\n"
WALK = ("--test", "python test_app.py", "--from", "2026-01-05", "--to", "2026-02-01")


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path) -> Iterator[CheckedProject]:
    with checked_project(tmp_path) as project:
        project.release("alpha", "1.0", "2026-01-01", GOOD)
        project.release("beta", "1.0", "2026-01-01", {"beta.py": ""})
        project.release("beta", "1.1", "2026-01-08T10:07:00", {"beta.py": ""})
        project.release("alpha", "2.0", "2026-01-10T12:00:00", BAD)
        project.release("beta", "1.2", "2026-01-12", {"beta.py": "value = 1\n"})
        project.release("alpha", "2.1", "2026-01-20", GOOD)
        project.release("alpha", "3.0", "2026-01-22", GOOD)
        data = wheel("beta", "1.3", {"beta.py": ""})
        project.index.add(
            DatedFile(
                filename="beta-1.3-py3-none-any.whl", data=data, day="2026-01-25", yanked="oops"
            )
        )
        project.write(["alpha<3", "beta"], ["alpha==1.0", "beta==1.0"], TEST)
        yield project


def test_each_release_gets_its_fate(project: CheckedProject, tmp_path: Path) -> None:
    lock = tmp_path / "lock-of-then.txt"
    lock.write_text("alpha==1.0\nbeta==1.1.1\n", encoding="utf-8")
    plot = tmp_path / "plot.svg"

    walked = project.run("replay", *WALK, "--known", str(lock), "--plot", str(plot))

    assert walked.status == 1, walked.errors
    releases = {f"{each['name']} {each['version']}": each for each in walked.said["releases"]}
    assert {name: each["fate"] for name, each in releases.items()} == {
        "beta 1.1": "passed",
        "alpha 2.0": "caught",
        "beta 1.2": "passed",
        "alpha 2.1": "passed",
        "alpha 3.0": "unused",
        "beta 1.3": "yanked",
        "beta 1.1.1": "missing",
    }
    caught = releases["alpha 2.0"]
    assert caught["seen"] == "2026-01-10T12:15:00Z"
    assert caught["why"].startswith("AttributeError: module 'alpha' has no attribute 'greet'")
    assert (caught["freed"], caught["by"]) == ("2026-01-20T00:15:00Z", "2.1")
    assert releases["beta 1.1"]["lands"] == "2026-01-11T10:07:00Z"
    assert walked.said["state"] == {"alpha": "2.1", "beta": "1.2"}
    # Each look is timed by itself.
    (look,) = [each for each in walked.said["looks"] if each["releases"] == ["alpha 2.0"]]
    assert caught["after"] == pytest.approx(900 + look["seconds"], abs=0.01)
    total = sum(each["seconds"] for each in walked.said["looks"])
    assert walked.said["seconds"] == pytest.approx(total, abs=0.01)
    assert walked.said["trials"] == sum(look["trials"] for look in walked.said["looks"])
    assert "alpha" in plot.read_text(encoding="utf-8")


def test_a_lock_of_today_is_not_what_it_begins_with(project: CheckedProject) -> None:
    (project.folder / "requirements.txt").write_text("alpha==2.1\nbeta==1.2\n", encoding="utf-8")

    walked = project.run("replay", *WALK, "--to", "2026-01-09")

    assert walked.status == 0, walked.errors
    assert [each["version"] for each in walked.said["releases"]] == ["1.1"]
    assert walked.said["state"] == {"alpha": "1.0", "beta": "1.1"}


def test_it_begins_with_the_base_that_is_given(project: CheckedProject) -> None:
    (project.folder / "base.txt").write_text("alpha==1.0\nbeta==1.1\n", encoding="utf-8")
    base = str(project.folder / "base.txt")

    walked = project.run("replay", *WALK, "--base", base, "--to", "2026-01-09")

    (release,) = walked.said["releases"]
    assert release["fate"] == "unused"
    assert walked.said["looks"] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--from", "2026-02-01", "--to", "2026-01-01"), "FT970"),
        (("--to", "2199-01-01"), "FT970"),
        (("--plot", "plot.pdf"), "FT973"),
        (("--plot", "nowhere/plot.png"), "FT973"),
        (("--every", "often"), "FT001"),
        (("--from", "then"), "FT001"),
    ],
)
def test_what_cannot_be_walked_is_told_at_once(
    project: CheckedProject, arguments: tuple[str, ...], code: str
) -> None:
    walked = project.run("replay", *WALK, *arguments)

    assert walked.status == 2, walked.whole
    assert f"error[{code}]" in walked.errors
    assert project.index.asked == []


def test_a_beginning_that_fails_is_no_beginning(project: CheckedProject) -> None:
    project.write(["alpha<3", "beta"], ["alpha==1.0", "beta==1.0"], "raise SystemExit('red')\n")

    walked = project.run("replay", *WALK)

    assert walked.status == 2, walked.whole
    assert "error[FT974]" in walked.errors
