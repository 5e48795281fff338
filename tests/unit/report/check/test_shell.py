"""What comes from outside is one word of a script, whatever it holds."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foretaste.report.check.shell import (
    UnsafeNameError,
    document,
    exported,
    is_inside,
    pinned,
    quoted,
    written,
)
from foretaste.taste.releases import ReleaseFacts

# What a shell cannot hold in a word at all is a NUL; the rest of a text has to come through.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
hostile = st.one_of(texts, st.text(alphabet="'\"$`\\;&|<>(){}*?!#~ \t\n\r\x1b\u202eEND_%é"))
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"


def run(script: str, folder: Path | None = None) -> str:
    env = {"PATH": "/usr/bin:/bin", "files": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [SHELL, "-eu", "-c", script], env=env, capture_output=True, check=True, timeout=30
    )
    return done.stdout.decode()


@settings(max_examples=60, deadline=None)
@given(hostile)
def test_a_text_comes_through_as_one_word(text: str) -> None:
    script = f'set -- {quoted(text)}; printf \'%s|%s.\' "$#" "$1"'

    # A command substitution, which holds what cannot be seen, ends without its last line ends.
    assert run(script) in {f"1|{text}.", "1|" + text.rstrip("\n") + "."}


@settings(max_examples=60, deadline=None)
@given(hostile)
@example("")
@example("no end")
@example("END\nEND_\n")
def test_a_file_is_written_to_the_byte(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("files")

    run(document('"$files"/made', text), folder)

    assert (folder / "made").read_bytes() == text.encode()


@given(hostile)
def test_a_script_shows_nothing_that_cannot_be_seen(text: str) -> None:
    for part in (quoted(text), document("x", text), exported({"A": text})):
        assert all(c.isprintable() or c in "\n\t" for c in part)


def test_a_file_goes_into_its_folder(tmp_path: Path) -> None:
    run(written("a b/$(touch x)/c.py", "one\n") + written("d.py", "two"), tmp_path)

    assert (tmp_path / "a b" / "$(touch x)" / "c.py").read_text("utf-8") == "one\n"
    assert (tmp_path / "d.py").read_text("utf-8") == "two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b", "d.py"]


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "a//b", "../x", "a/../../x", ".", "a/./b", "a/"]
)
def test_a_path_that_leads_out_is_not_inside(path: str) -> None:
    assert not is_inside(path)


@pytest.mark.parametrize("path", ["a", "a/b.py", ".hidden", "-x", "a b"])
def test_a_path_below_is_inside(path: str) -> None:
    assert is_inside(path)


def test_pins_are_lines_of_a_requirements_file() -> None:
    releases = [
        ReleaseFacts(name="a", version="1", hashes=("sha256:0a", "sha384:1b")),
        ReleaseFacts(name="b-c", version="1!2.0+x.1"),
    ]

    assert pinned(releases) == (
        "a==1 \\\n    --hash=sha256:0a \\\n    --hash=sha384:1b\nb-c==1!2.0+x.1\n"
    )


@pytest.mark.parametrize(
    ("name", "version", "digest"),
    [
        ("-r x", "1", "sha256:0"),
        ("a\n--index-url=x", "1", "sha256:0"),
        ("a", "1 ; x", "sha256:0"),
        ("a", "1", "md5:0"),
        ("a", "1", "sha256:0 --x"),
        ("", "1", "sha256:0"),
    ],
)
def test_what_is_no_name_is_not_written(name: str, version: str, digest: str) -> None:
    with pytest.raises(UnsafeNameError):
        pinned([ReleaseFacts(name=name, version=version, hashes=(digest,))])


def test_variables_are_set_and_what_is_no_name_is_left_out() -> None:
    assert exported({"A_1": "x y", "B;rm": "z", "1C": "z"}) == "export A_1='x y'\n"
