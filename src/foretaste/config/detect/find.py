"""Find: how a project is tested when it says nothing to Foretaste, and what that was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from foretaste.config import mistakes
from foretaste.config.detect.dependencies import TEST_NAMES, Needed, needed_for, with_tool
from foretaste.config.detect.filled import job_table
from foretaste.config.detect.hatch import hatch_way
from foretaste.config.detect.metadata import Metadata, read_ini, read_metadata
from foretaste.config.detect.nox import nox_way
from foretaste.config.detect.testfiles import test_files, test_folder, written_with
from foretaste.config.detect.tox import tox_way
from foretaste.config.detect.way import Way, unread
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.schema import ProjectTable
from foretaste.config.tree import Tree

JOB = "tests"
HINT = (
    'write [tool.foretaste] with check = ["tests"] and gate = ["tests"], and '
    '[tool.foretaste.job.tests] with run = "…", install = [".", "…"] and, where it leaves a JUnit '
    'report, evidence = "junit"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The settings that a project would write, and one or two sentences on where they come from."""

    table: ProjectTable
    note: str


def find(tree: Tree) -> Found:
    """Find out how the project is tested.

    Raises:
        ConfigurationError: nothing was found that shows it; says what to write.
    """
    metadata, files = read_metadata(tree), test_files(tree)
    way = nox_way(tree, JOB) or tox_way(tree, metadata, JOB) or hatch_way(tree, metadata, JOB)
    needed = needed_for(TEST_NAMES, metadata, tree)
    if _is_pytest(tree, metadata, way, needed):
        return _with_pytest(way, needed, test_folder(files))
    if way is not None and way.whole and not way.with_unittest:
        return _as_the_way_says(way)
    if (way is not None and way.with_unittest) or "unittest" in written_with(tree, files):
        return _with_unittest(way, needed, test_folder(files))
    if files:
        return _with_pytest(way, needed, test_folder(files))
    what = "no settings, and no tests, nox, tox, hatch, pytest or unittest set-up were found"
    if way is not None:
        what = f"no settings, and {unread(way)}"
    raise ConfigurationError([Mistake(code=mistakes.NOTHING_FOUND, what=what, hint=HINT)])


def _is_pytest(tree: Tree, metadata: Metadata, way: Way | None, needed: Needed) -> bool:
    if way is not None and way.whole:
        return way.with_pytest
    files = test_files(tree)
    if not files:
        return False
    return (
        (way is not None and way.with_pytest)
        or needed.has("pytest")
        or _is_set_up_for_pytest(tree, metadata)
        or any(path.rpartition("/")[2] == "conftest.py" for path in tree.paths())
        or "pytest" in written_with(tree, files)
    )


def _is_set_up_for_pytest(tree: Tree, metadata: Metadata) -> bool:
    """Whether one of the four files that pytest reads its settings from has any."""
    return (
        "ini_options" in metadata.tool("pytest")
        or "tool:pytest" in metadata.setup_cfg
        or "pytest" in read_ini(tree, "tox.ini")
        or tree.read("pytest.ini") is not None
    )


def _with_pytest(way: Way | None, needed: Needed, folder: str) -> Found:
    """Run pytest; what it needs is what the project's own list says, else its tool's settings."""
    parts = [_in(folder, "pytest")]
    if (
        way is not None
        and not needed.has("pytest")
        and ("pytest" in way.names or (not needed.found and way.with_pytest and way.install))
    ):
        install = (*_with_own(way), *(() if "pytest" in way.names else ("pytest",)))
        parts += [way.found, *_left_out(way)]
    else:
        install = with_tool(needed, "pytest")
        parts += [needed.found] if needed.found else []
    return _found({"template": "pytest", "install": list(install)}, parts)


def _with_unittest(way: Way | None, needed: Needed, folder: str) -> Found:
    install = _with_own(way) if way is not None and way.install else needed.install
    found = way.found if way is not None else needed.found
    parts = [_in(folder, "unittest"), *([found] if found else [])]
    return _found({"template": "unittest", "install": list(install)}, parts)


def _with_own(way: Way) -> tuple[str, ...]:
    """Return what a way installs; the project itself where that may be what could not be read."""
    own = any(each.startswith((".", "-")) for each in way.install)
    return way.install if own or not way.left_out else (".", *way.install)


def _as_the_way_says(way: Way) -> Found:
    return _found({"run": way.run, "install": list(way.install)}, [way.found, *_left_out(way)])


def _in(folder: str, tool: str) -> str:
    return f"tests with {tool}" if folder == "." else f"{folder}/ with {tool}"


def _left_out(way: Way) -> list[str]:
    told = ", ".join(way.left_out[:5])
    return [f"left out what could not be read: {told}"] if told else []


def _found(job: Mapping[str, object], parts: list[str]) -> Found:
    table = ProjectTable(check=[JOB], gate=[JOB], job={JOB: job_table(**job)})
    return Found(table=table, note=f"{'; '.join(parts)}")
