"""A project's folder as a check takes it: base, requirements, interpreter, what goes along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from foretaste.config.mistakes import ConfigurationError
from foretaste.ports.environments import Say
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Pin, Release
from foretaste.service.check.subject import Subject
from foretaste.service.starts import CheckOptions
from foretaste.wiring.subjects import subject_of
from tests.fakes.counter import BEFORE, Counter, commit, moment, write_project

UV_LOCK = """version = 1
revision = 2
requires-python = ">=3.8"
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "shelf" }]
[[package]]
name = "shelf"
version = "1.1"
source = { registry = "http://index.test/simple" }
"""
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "shelf"\nversion = "1.2"\n'


def subject(counter: Counter, project: Path, **more: object) -> Subject:
    """What a folder is read as."""
    options = counter.options(project, **more)
    with counter.bench(options) as bench:
        return subject_of(options, bench)


def test_each_way_to_say_what_works_goes_before_the_next(counter: Counter, tmp_path: Path) -> None:
    project = write_project(tmp_path / "app", ["shelf"])
    given = tmp_path / "works.txt"
    for path, text in {
        given: "shelf==1.0\n",
        project / "uv.lock": UV_LOCK,
        project / "pylock.toml": PYLOCK,
        project / "requirements.txt": "shelf==1.3\n",
        project / "requirements-dev.txt": "shelf==1.3\nother==1\n",
    }.items():
        path.write_text(text, encoding="utf-8")
    commit(project, BEFORE)
    found = []
    for gone in (None, "uv.lock", "pylock.toml", "requirements.txt"):
        if gone is not None:
            (project / gone).unlink()
        read = subject(counter, project)
        found.append((read.base_from, read.base))

    assert found == [
        ("uv.lock", {"shelf": "1.1"}),
        ("pylock.toml", {"shelf": "1.2"}),
        (
            "requirements-dev.txt, requirements.txt",
            {"shelf": "1.3", "other": "1"},
        ),
        ("requirements-dev.txt", {"shelf": "1.3", "other": "1"}),
    ]
    assert subject(counter, project, base=given).base == {"shelf": "1.0"}
    assert subject(counter, project, base_as_of=moment("2026-01-09")).base is None
    (project / "requirements-dev.txt").unlink()
    assert subject(counter, project).base is None


def test_it_is_said_where_and_of_when_the_base_is(counter: Counter, tmp_path: Path) -> None:
    project = write_project(tmp_path / "app", ["shelf"], works="shelf==1.0\n")
    outside = tmp_path / "works.txt"
    outside.write_text("shelf==1.0\n", encoding="utf-8")
    commit(project, BEFORE)
    day = moment("2026-01-09")

    def said(**more: object) -> tuple[str, object]:
        read = subject(counter, project, **more)
        return read.base_from, read.base_date

    assert said() == ("what resolved as of 2026-01-01 00:00 UTC", moment(BEFORE))
    assert said(base_as_of=day) == ("what resolved as of 2026-01-09 00:00 UTC", day)
    assert said(base=project / "works.txt") == ("works.txt", None)
    assert said(base=outside) == (str(outside), None)
    assert said(base=outside, base_as_of=day) == (str(outside), day)


def test_without_a_lock_a_commit_or_a_word_nothing_says_what_works(
    counter: Counter, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "app", ["shelf"])

    with pytest.raises(UserError) as refused:
        subject(counter, project)

    assert (refused.value.code, refused.value.where) == ("FT905", str(project))
    assert "--base" in refused.value.hint
    assert "--base-as-of" in refused.value.hint
    # A lock needs no commit.
    (project / "pylock.toml").write_text(PYLOCK, encoding="utf-8")
    assert subject(counter, project).base_date is None


def test_a_line_of_the_base_that_is_no_pin_is_told_with_its_place(
    counter: Counter, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "app", ["shelf"], works="shelf==1.0\n\nother>=1\n")
    works = project / "works.txt"

    with pytest.raises(UserError) as refused:
        subject(counter, project, base=works)

    assert (refused.value.code, refused.value.where) == ("FT645", f"{works}:3")


def test_a_base_that_cannot_be_read_is_told(counter: Counter, tmp_path: Path) -> None:
    project = write_project(tmp_path / "app", ["shelf"])

    with pytest.raises(UserError, match="the base cannot be read: Is a directory") as refused:
        subject(counter, project, base=tmp_path)

    assert (refused.value.code, refused.value.where) == ("FT904", str(tmp_path))


@pytest.mark.parametrize("name", ["requirements.txt", "./requirements.txt"])
@pytest.mark.parametrize("given", [False, True])
def test_pins_say_what_works_and_not_what_is_allowed(
    counter: Counter, tmp_path: Path, name: str, *, given: bool
) -> None:
    job = f'[tool.foretaste.job.tests]\nrun = "true"\ninstall = ["-r {name}", "tool<9"]\n'
    project = write_project(tmp_path / "app", [], requirements="shelf==1.3\n", more=job)
    base = {"base": project / "requirements.txt"} if given else {}

    alone = subject(counter, project, command="", **base)
    (project / "requirements.in").write_text("shelf<5\n", encoding="utf-8")
    beside = subject(counter, project, command="", **base)

    assert alone.base == beside.base == {"shelf": "1.3"}
    assert alone.requirements == ("tool<9",)
    assert sorted(beside.requirements) == ["shelf<5", "tool<9"]


def test_a_list_that_leaves_a_choice_is_what_is_allowed(counter: Counter, tmp_path: Path) -> None:
    job = '[tool.foretaste.job.tests]\nrun = "true"\ninstall = ["-r requirements.txt"]\n'
    project = write_project(tmp_path / "app", [], requirements="shelf>=1\n", more=job)
    commit(project, BEFORE)

    read = subject(counter, project, command="")

    assert (read.base, read.requirements) == (None, ("shelf>=1",))


def test_extras_and_groups_of_the_job_count_in_the_lock(counter: Counter, tmp_path: Path) -> None:
    job = (
        '[project.optional-dependencies]\nTest_More = ["other"]\n'
        '[dependency-groups]\ntools = ["tool"]\n'
        '[tool.foretaste.job.tests]\nrun = "true"\ninstall = [".[test-more]", "group:tools"]\n'
    )
    project = write_project(tmp_path / "app", ["shelf"], more=job)
    locked = "".join(
        f"[[packages]]\nname = {name!r}\nversion = '1'\nmarker = {marker!r}\n"
        for name, marker in {
            "other": '"test-more" in extras',
            "tool": '"tools" in dependency_groups',
            "never": '"docs" in extras',
        }.items()
    )
    (project / "pylock.toml").write_text(PYLOCK + locked, encoding="utf-8")

    read = subject(counter, project, command="")

    assert read.base == {"shelf": "1.2", "other": "1", "tool": "1"}
    assert {"other", "tool", "shelf"} <= set(read.requirements)


@dataclass(frozen=True, slots=True)
class Interpreters:
    """Releases that know these interpreters, by what is asked for."""

    there: Mapping[str, str]

    def read(self, pins: Sequence[Pin], python: str, say: Say) -> Mapping[str, Release]:
        """Nobody asks."""
        raise NotImplementedError

    def markers(self, python: str) -> Mapping[str, str]:
        """Return the version of one that is there."""
        if python not in self.there:
            raise UserError("FT625", f"there is no Python {python}")
        return {"python_full_version": self.there[python]}


HERE = Interpreters(
    {"": "3.11.4", "3.11": "3.11.4", "3.13": "3.13.1", "3.9": "3.9.18", "3.9.18": "3.9.18"}
)


def chosen(counter: Counter, project: Path, **more: object) -> str:
    """The interpreter that is taken, where those above are there.

    What is required is not read: the real interpreter for that may not be here.
    """
    options: CheckOptions = counter.options(project, base_as_of=moment(BEFORE), **more)
    with counter.bench(options) as bench:
        asked: list[str] = []

        class Environments:
            """Notes the interpreter, and ends there."""

            def requirements(self, spec: object, *_: object) -> object:
                """End."""
                asked.append(spec.python)  # type: ignore[attr-defined]
                raise UserError("FT000", "far enough")

        seen = replace(bench, tools=replace(bench.tools, releases=HERE))
        seen = replace(seen, environments=Environments())  # type: ignore[arg-type]
        with pytest.raises(UserError, match="far enough"):
            subject_of(options, seen)
    return asked[0]


@pytest.mark.parametrize(
    ("more", "pinned", "options", "python"),
    [
        ("", "", {}, "3.11"),
        ('requires-python = ">=3.8"', "", {}, "3.11"),
        ('requires-python = ">=3.12"', "", {}, "3.13"),
        ('requires-python = "<3.11"', "", {}, "3.9"),
        ('requires-python = "old"', "", {}, "3.11"),
        ('requires-python = "<3.11"', "3.13\n", {}, "3.13"),
        ("", "3.9.18\n3.13\n", {}, "3.9.18"),
        ("", "pypy3.10\n", {}, "3.11"),
        ("", "\n", {}, "3.11"),
        ("", "3.13\n", {"python": "3.9"}, "3.9"),
        ('[tool.foretaste.environment]\npython = "3.9"', "3.13\n", {}, "3.9"),
    ],
)
def test_the_interpreter_is_what_is_said_else_one_that_the_project_takes(
    counter: Counter, tmp_path: Path, more: str, pinned: str, options: dict[str, str], python: str
) -> None:
    table = "" if more.startswith("[") else more
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "app"\nversion = "1"\n{table}\n{more if not table else ""}\n',
        encoding="utf-8",
    )
    if pinned:
        (tmp_path / ".python-version").write_text(pinned, encoding="utf-8")

    assert chosen(counter, tmp_path, **options) == python


def test_where_no_interpreter_is_taken_that_is_told(counter: Counter, tmp_path: Path) -> None:
    project = write_project(tmp_path / "app", [])
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(
        text.replace("version =", 'requires-python = "<3"\nversion ='), encoding="utf-8"
    )

    with pytest.raises(UserError, match="<3") as refused:
        subject(counter, project, base_as_of=moment(BEFORE))

    assert "--python" in refused.value.hint


def test_what_is_said_of_the_project_goes_along(counter: Counter, tmp_path: Path) -> None:
    more = (
        '[tool.uv.extra-build-dependencies]\nshelf = ["wheel"]\n'
        '[tool.foretaste.environment]\npreinstall = ["setuptools==57.5.0"]\n'
    )
    project = write_project(tmp_path / "app", ["shelf"], "pass\n", more=more)
    (project / ".hidden").write_text("", encoding="utf-8")

    read = subject(counter, project, base_as_of=moment(BEFORE), timeout=30.0)

    assert (read.project, read.version, read.test) == ("app", "1", "python test_app.py")
    assert read.recipe.extra_build == {"shelf": ("wheel",)}
    assert read.recipe.preinstall == ("setuptools==57.5.0",)
    assert read.recipe.install == ()
    assert read.recipe.timeout == 30.0
    assert set(read.files) == {"pyproject.toml", "test_app.py"}
    assert read.files["test_app.py"] == "pass\n"


@pytest.mark.parametrize(
    "files",
    [
        {f"file{number}.py": b"" for number in range(30)},
        {"large.py": b"#" * 70_000},
        {"image.png": b"\xff\xfe"},
    ],
)
def test_many_large_or_binary_files_do_not_go_along(
    counter: Counter, tmp_path: Path, files: Mapping[str, bytes]
) -> None:
    project = write_project(tmp_path / "app", ["shelf"])
    for name, data in files.items():
        (project / name).write_bytes(data)

    assert subject(counter, project, base_as_of=moment(BEFORE)).files == {}


def test_a_link_goes_along_as_what_it_points_to_within_the_project(
    counter: Counter, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "app", ["shelf"])
    (project / "inner.py").symlink_to("test_app.py")
    (project / "gone.py").symlink_to("nowhere")
    (project / "outer.py").symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")

    read = subject(counter, project, base_as_of=moment(BEFORE))

    assert "secret" not in "".join(read.files.values())
    (project / "large.py").write_bytes(b"#" * 70_000)
    (project / "inner.py").unlink()
    (project / "inner.py").symlink_to("large.py")
    assert subject(counter, project, base_as_of=moment(BEFORE)).files == {}


def test_a_folder_without_a_name_is_called_as_the_folder(counter: Counter, tmp_path: Path) -> None:
    folder = tmp_path / "loose"
    folder.mkdir()
    (folder / "requirements.txt").write_text("shelf==1.0\n", encoding="utf-8")

    read = subject(counter, folder, command="python -c 0")

    assert (read.project, read.version) == ("loose", "")
    assert read.base == {"shelf": "1.0"}
    assert read.requirements == ()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"command": "", "job": "suite"}, "there is no job 'suite'"),
        ({"command": ""}, "test"),
    ],
)
def test_a_job_or_a_test_that_is_not_there_is_told(
    counter: Counter, tmp_path: Path, options: dict[str, str], what: str
) -> None:
    project = write_project(
        tmp_path / "app",
        ["shelf"],
        more='[tool.foretaste.job.tests]\nrun = "true"\n' if "job" in options else "",
    )
    (project / "test_app.py").unlink()

    with pytest.raises(ConfigurationError) as refused:
        subject(counter, project, **options)

    assert what in refused.value.what
