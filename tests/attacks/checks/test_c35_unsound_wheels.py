"""C35: a release whose wheel is not what its RECORD says: refused, held back, and the rest goes on."""

from __future__ import annotations

import io
import zipfile

from tests.fakes.checked import BEFORE, CheckedProject
from tests.fakes.dated_index import DatedFile
from tests.fakes.index import wheel

TEST = "import bad, good\nprint(bad.value, good.value)\n"


def test_it_is_held_back_and_the_rest_goes_on(project: CheckedProject) -> None:
    for name in ("bad", "good"):
        project.release(name, "1.0", BEFORE, {f"{name}.py": "value = 1\n"})
    project.release("good", "2.0", "2026-01-20", {"good.py": "value = 2\n"})
    unsound = with_another_file("bad", "2.0")
    filename = "bad-2.0-py3-none-any.whl"
    project.index.add(DatedFile(filename=filename, data=unsound, day="2026-01-21"))
    project.write(["bad", "good"], ["bad==1.0", "good==1.0"], TEST)

    checked = project.check()

    assert checked.status == 1, checked.errors
    assert [move["name"] for each in checked.said["culprits"] for move in each["set"]] == ["bad"]
    assert "RECORD" in checked.failures
    assert checked.said["hold_back"] == {"bad": "<2.0"}
    assert checked.said["accepted"] == {"good": "2.0"}


def with_another_file(name: str, version: str) -> bytes:
    """Return a wheel with one file more than its RECORD tells of."""
    data = io.BytesIO(wheel(name, version, {f"{name}.py": "value = 2\n"}, ""))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("hidden.py", "value = 3\n")
    return data.getvalue()
