"""E87, B27: a release whose failure speaks to whoever reads of it: trackers, terminals, shells.

The new release raises an exception with mentions, links, HTML, escape sequences, commands and a
megabyte of text. It is checked by the program; then every form of the answer is looked at, and the
script is run for real, on the same index.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from tests.fakes.checked import AFTER, BEFORE, PROGRAM, CheckedProject

HOSTILE = (
    "@everyone see #1 https://evil.example/x ![i](https://evil.example/i.png) [l](javascript:x) "
    "<img src=x onerror=y> <script>z</script> </details> ```` ``` "
    "\x1b[2J\x1b]8;;javascript:alert(1)\x07 \u202e ::error::owned"
)
COMMANDS = "'; touch CANARY; ' $(touch CANARY) `touch CANARY`\nEND\ntouch CANARY\n"
BLOCK = re.compile(r"^(`{3,})\w*\n.*?\n\1$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
TEST = "import loud\n"


@pytest.fixture(name="loud")
def loud_fixture(project: CheckedProject, canary: Path) -> CheckedProject:
    text = HOSTILE + COMMANDS.replace("CANARY", str(canary))
    code = f"raise RuntimeError({text!r} + 'A' * 1_000_000)\n"
    project.release("loud", "1.0", BEFORE, {"loud.py": ""})
    project.release("loud", "2.0", "2026-01-20", {"loud.py": code})
    project.write(["loud"], ["loud==1.0"], TEST)
    return project


def as_form(project: CheckedProject, form: str) -> str:
    """Return the answer in a form, as it goes to standard output."""
    arguments = ["--base", str(project.folder / "base.txt"), "--as-of", AFTER, "-f", form]
    done = subprocess.run(
        [PROGRAM, "check", "--project", project.folder, "--test", "python test_app.py", *arguments],
        capture_output=True,
        check=False,
        env=project.environment() | {"FORCE_COLOR": "1"},
        timeout=240,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout.decode()


@pytest.mark.parametrize("form", ["table", "markdown", "github", "sarif", "junit"])
def test_no_form_of_the_answer_acts_where_it_is_shown(loud: CheckedProject, form: str) -> None:
    text = as_form(loud, form)

    assert "everyone" in text  # the attempt is there to be seen
    assert len(text) < 65_536
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
    if form == "github":
        assert all(re.match("::(error|warning|notice) ", line) for line in text.splitlines())
    if form == "markdown":
        assert_inert(text)
    if form in {"sarif", "junit"}:
        assert "](" not in text or form == "junit"
        assert "<script" not in text or form == "sarif"


def test_a_draft_for_the_upstream_is_inert_and_fits_an_issue(
    loud: CheckedProject, tmp_path: Path
) -> None:
    checked = loud.check("--report", str(tmp_path / "out"))

    assert checked.status == 1, checked.errors
    assert "@everyone" in checked.failures
    text = Path(checked.said["report"]).read_text("utf-8")
    assert "everyone" in text
    assert len(text) < 65_536
    assert_inert(text)


def test_the_script_runs_nothing_that_it_quotes(
    loud: CheckedProject, tmp_path: Path, canary: Path
) -> None:
    checked = loud.check("--report", str(tmp_path / "out"))
    script = Path(checked.said["reproduce"])
    text = script.read_text("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)

    done = subprocess.run(
        ["sh", str(script)],
        capture_output=True,
        cwd=tmp_path,
        check=False,
        env=loud.environment()
        | {"PYTHON": sys.executable, "PATH": f"{Path(uv.find_uv_bin()).parent}:/usr/bin:/bin"},
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.decode().endswith("reproduced\n")
    assert b"\x1b" not in done.stdout
    assert not canary.exists()


def assert_inert(text: str) -> None:
    """Assert that nothing outside of code mentions, links, embeds or ends anything."""
    prose = SPAN.sub("", BLOCK.sub("", text))
    rendered = prose.replace("\\", "")
    assert "\x1b" not in text
    assert not [mark for mark in ("@everyone", "#1", "://") if mark in rendered]
    assert not re.search(r"(?<!\\)(\]\(|<img|<script)", prose)
    assert prose.count("</details>") == prose.count("<details>")
