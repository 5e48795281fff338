"""Folders are there whole or not at all, readable by all, and their scripts find the interpreter."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foretaste.adapters.uv import folders
from foretaste.adapters.uv.folders import (
    compile_all,
    finish_scripts,
    make_whole,
    open_to_all,
    write_whole,
)
from foretaste.adapters.uv.interpreters import Interpreter, Interpreters
from foretaste.ports.errors import TransientError

OUTSIDE = "/outside/bin/python3.11"


def interpreter(path: str = OUTSIDE) -> Interpreter:
    return Interpreter(
        path=Path(path), version="3.11.7", prefix=Path("/outside"), tag="cpython-311", platform="x"
    )


def test_a_folder_that_cannot_be_filled_is_not_there(tmp_path: Path) -> None:
    def fill(made: Path) -> None:
        (made / "half").write_text("", encoding="utf-8")
        raise OSError("No space left on device")

    with pytest.raises(TransientError, match="FT628: it could not be written: No space left"):
        make_whole(tmp_path / "it", fill)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "deep" / "it", "before")

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "deep" / "it", "after")

    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "deep").iterdir()] == [
        "before"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"#!{OUTSIDE}\nimport x\n", "#!/env/bin/python\nimport x\n"),
        (f"#!{OUTSIDE} -E\nimport x\n", "#!/env/bin/python -E\nimport x\n"),
        (
            f"#!/bin/sh\n'''exec' \"{OUTSIDE}\" \"$0\" \"$@\"\n' '''\nimport x\n",
            "#!/bin/sh\n'''exec' \"/env/bin/python\" \"$0\" \"$@\"\n' '''\nimport x\n",
        ),
        ("#!/bin/sh\necho\n", "#!/bin/sh\necho\n"),
        (f"no script {OUTSIDE}\n", f"no script {OUTSIDE}\n"),
    ],
)
def test_a_script_names_the_interpreter_where_jobs_find_it(
    tmp_path: Path, before: str, after: str
) -> None:
    script = tmp_path / "bin" / "tool"
    script.parent.mkdir()
    script.write_text(before, encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "bin" / "link").symlink_to("/nowhere")

    finish_scripts(script.parent, interpreter())
    finish_scripts(tmp_path / "none", interpreter())

    assert script.read_text(encoding="utf-8") == after
    assert script.stat().st_mode & 0o777 == 0o755


def test_everybody_may_read_what_only_the_owner_could(tmp_path: Path) -> None:
    inner = tmp_path / "deep"
    inner.mkdir(mode=0o700)
    file = inner / "file"
    file.write_text("", encoding="utf-8")
    file.chmod(0o600)
    (inner / "link").symlink_to("/nowhere")

    open_to_all(tmp_path)

    assert inner.stat().st_mode & 0o777 == 0o755
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("count", [1, 50])
def test_few_and_many_are_compiled_and_what_does_not_compile_is_left(
    tmp_path: Path, count: int
) -> None:
    for number in range(count):
        (tmp_path / f"m{number}.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "bad.py").write_text("x = (\n", encoding="utf-8")

    compile_all(Interpreters().find(""), [tmp_path])

    assert len(list((tmp_path / "__pycache__").iterdir())) == count


def test_nothing_to_compile_starts_nothing(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n", encoding="utf-8")
    program.chmod(0o755)

    compile_all(interpreter(os.fspath(program)), [])
    assert not (tmp_path / "started").exists()
    compile_all(interpreter(os.fspath(program)), [tmp_path])
    assert (tmp_path / "started").exists()


def test_a_compiler_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = tmp_path / "python"
    endless.write_text("#!/bin/sh\nexec tail -f /dev/null\n", encoding="utf-8")
    endless.chmod(0o755)
    monkeypatch.setattr(folders, "_COMPILING", 0.2)

    with pytest.raises(TransientError, match="FT628: compiling an environment takes too long"):
        compile_all(interpreter(os.fspath(endless)), [tmp_path])


def test_a_module_that_takes_all_memory_to_compile_takes_no_more_than_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_COMPILING_IN", 256 * 2**20)
    (tmp_path / "a.py").write_text("a = 1\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("b = [" + "b," * 2**21 + "]\n", encoding="utf-8")

    compile_all(Interpreters().find(""), [tmp_path])

    made = [path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")]
    assert made == ["a"]
