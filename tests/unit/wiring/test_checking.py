"""A whole check on this machine: from a folder to a dossier and to what is written of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foretaste.adapters.sandbox import spawn
from foretaste.ports.errors import PermanentError, TransientError, UserError
from foretaste.service.check.check import NOTHING_NEWER
from foretaste.taste.finding import Baseline, Verdict
from foretaste.wiring.checking import check
from tests.fakes.counter import AFTER, BACKEND, BEFORE, BETWEEN, Counter, moment, write_project

DAY = moment("2026-01-05")


def bad(name: str) -> dict[str, str]:
    """The files of a release that has no `version` any more."""
    return {f"{name}.py": "number = 2\n"}


def test_what_breaks_is_blamed_and_written_down(counter: Counter, tmp_path: Path) -> None:
    counter.moving("acorn")
    counter.release("beech", "1.0", BEFORE)
    counter.release("beech", "2.0", BETWEEN, files=bad("beech"))
    test = "import acorn, beech\nassert acorn.version and beech.version\n"
    project = write_project(tmp_path / "app", ["acorn", "beech"], test)
    out = tmp_path / "made" / "out"

    found, written = check(
        counter.options(project, base_as_of=DAY, report=out, oracles=("previous-tests",)),
        counter.voices,
    )

    assert found.verdict is Verdict.REJECT
    assert found.hold_back == {"beech": "<2.0"}
    assert found.accepted == {"acorn": "2.0"}
    assert written == {
        "report": str(out / "report.md"),
        "reproduce": str(out / "reproduce.sh"),
    }
    assert "beech 2.0" in (out / "report.md").read_text(encoding="utf-8")
    assert (out / "reproduce.sh").stat().st_mode & 0o777 == 0o755
    said = json.loads((out / "check.json").read_text(encoding="utf-8"))
    assert said["hold_back"] == {"beech": "<2.0"}
    assert said["report"] == str(out / "report.md")
    assert min(found.seconds.resolve, found.seconds.install, found.seconds.test) > 0
    # The oracle is asked of the culprit first; neither has an sdist that could bring tests.
    assert [each.of.partition(":")[0] for each in found.oracles] == ["beech", "acorn"]
    assert all("cannot be run" in each.text for each in found.oracles)


def test_where_nobody_is_blamed_there_is_no_script(counter: Counter, tmp_path: Path) -> None:
    counter.moving("cedar")
    project = write_project(tmp_path / "app", ["cedar"], "import cedar\n")
    out = tmp_path / "out"

    found, written = check(counter.options(project, base_as_of=DAY, report=out), counter.voices)

    assert (found.verdict, found.count) == (Verdict.ACCEPT, 2)
    assert written == {"report": str(out / "report.md")}
    assert sorted(path.name for path in out.iterdir()) == ["check.json", "report.md"]


def test_a_report_that_cannot_be_written_is_told_before_anything_is_run(
    counter: Counter, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "app", ["cedar"], "import cedar\n")
    (tmp_path / "out").write_text("", encoding="utf-8")
    asked = len(counter.index.asked)

    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(UserError, match="cannot be written") as refused:
            check(counter.options(project, base_as_of=DAY, report=folder), counter.voices)
        assert (refused.value.code, refused.value.where) == ("FT904", str(folder))

    assert len(counter.index.asked) == asked


def test_a_file_of_the_report_that_cannot_be_written_is_told(
    counter: Counter, tmp_path: Path
) -> None:
    counter.release("elder", "1.0", BEFORE)
    project = write_project(tmp_path / "app", ["elder"])
    (tmp_path / "out" / "report.md").mkdir(parents=True)

    with pytest.raises(UserError, match="cannot be written"):
        counter.check(project, base_as_of=DAY, report=tmp_path / "out")


def test_where_nothing_is_newer_nothing_is_run(counter: Counter, tmp_path: Path) -> None:
    counter.release("fir", "1.0", BEFORE)
    project = write_project(tmp_path / "app", ["fir"], "raise SystemExit('never')\n")

    found = counter.check(project, base_as_of=DAY)

    assert (found.verdict, found.count) == (Verdict.ACCEPT, 0)
    assert found.reason == NOTHING_NEWER
    assert counter.said[-1] == "nothing newer is allowed"
    assert counter.check(project, base_as_of=DAY).trials == ()


def test_a_base_that_fails_ends_it_and_how_is_told(counter: Counter, tmp_path: Path) -> None:
    counter.moving("hazel")
    project = write_project(tmp_path / "app", ["hazel"], "raise ValueError('red')\n")

    found = counter.check(project, base_as_of=DAY)

    assert found.verdict is Verdict.UNDECIDED
    assert found.baseline is Baseline.FAILED
    assert [each.message for each in found.broken] == ["red"]


def test_what_came_for_what_is_held_is_not_said_to_go_on(counter: Counter, tmp_path: Path) -> None:
    counter.release("larch", "1.0", BEFORE)
    counter.release("larch", "2.0", BETWEEN, "moss", files=bad("larch"))
    counter.release("moss", "1.0", BETWEEN)
    counter.moving("maple")
    test = "import larch, maple\nassert larch.version\n"
    project = write_project(tmp_path / "app", ["larch", "maple"], test)

    found = counter.check(project, base_as_of=DAY)

    assert found.hold_back == {"larch": "<2.0"}
    assert found.accepted == {"maple": "2.0"}


def test_a_backend_that_no_longer_builds_the_project_is_blamed(
    counter: Counter, tmp_path: Path
) -> None:
    counter.release("oven", "1.0", BEFORE, files={"oven.py": BACKEND})
    counter.release("oven", "2.0", BETWEEN, files={"oven.py": "raise SystemExit('too hot')\n"})
    counter.moving("dough")
    project = tmp_path / "app"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["dough"]\n'
        '[build-system]\nrequires = ["oven"]\nbuild-backend = "oven"\n',
        encoding="utf-8",
    )
    (project / "app.py").write_text("import dough\n", encoding="utf-8")

    found = counter.check(project, base_as_of=DAY, command="cd / && python -c 'import app'")

    assert found.verdict is Verdict.REJECT
    (culprit,) = found.culprits
    assert [each.key for each in culprit.moves] == ["build:oven"]
    assert "too hot" in json.dumps([each.trace + each.message for each in culprit.failures])
    assert found.accepted == {"dough": "2.0"}


def test_without_a_sandbox_nothing_is_run(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.moving("pine")
    project = write_project(tmp_path / "app", ["pine"], "open('/tmp/ran', 'w')\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(spawn, "PROGRAM_PATH", str(tmp_path / "empty"))

    with pytest.raises(PermanentError, match="bubblewrap"):
        counter.check(project, base_as_of=DAY)


def test_without_the_index_nothing_can_be_said(counter: Counter, tmp_path: Path) -> None:
    counter.moving("rowan")
    project = write_project(tmp_path / "app", ["rowan"], "pass\n")
    options = counter.options(project, base_as_of=DAY, offline=True)

    with pytest.raises((TransientError, UserError)):
        check(options, counter.voices)


def test_what_is_asked_for_is_read_before_anything_is_opened(
    counter: Counter, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as refused:
        counter.check(tmp_path / "nowhere", "==2")

    assert refused.value.code == "FT903"


def test_a_release_that_is_asked_for_moves_alone(counter: Counter, tmp_path: Path) -> None:
    counter.moving("sorrel", "thyme")
    counter.release("sorrel", "3.0", BETWEEN, yanked="oops")
    test = "import sorrel, thyme\nassert sorrel.version != '3.0'\n"
    project = write_project(tmp_path / "app", ["sorrel", "thyme"], test)

    found = counter.check(project, "sorrel==3.0", base_as_of=DAY, as_of=moment(AFTER))

    (culprit,) = found.culprits
    assert [each.key for each in culprit.moves] == ["sorrel"]
    fails = {each.name: (each.version, each.yanked) for each in culprit.fails}
    assert fails == {"sorrel": ("3.0", "oops"), "thyme": ("1.0", None)}
    assert found.forwarded == ()
