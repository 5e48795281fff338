"""C31: an sdist whose build runs code, through `foretaste check`: in the sandbox, and nowhere else.

The new release has no wheel. Its build tries to leave a canary on the host and notes in the module
that it makes what came of it, so that the consumer's test can tell that it was reached.
"""

from __future__ import annotations

from pathlib import Path

from tests.fakes.checked import AFTER, BEFORE, CheckedProject
from tests.fakes.dated_index import DatedFile
from tests.fakes.index import sdist

BACKEND = """
import os, zipfile

TRIED = []

def _attack(where):
    for path in {paths!r}:
        try:
            with open(path, "w") as file:
                file.write(where)
            TRIED.append(where + " wrote " + path)
        except OSError as error:
            TRIED.append(where + " was kept out of " + path)

_attack("import")

def get_requires_for_build_wheel(settings=None):
    _attack("requires")
    return []

def prepare_metadata_for_build_wheel(folder, settings=None):
    _attack("metadata")
    raise SystemExit("not here")

def build_wheel(folder, settings=None, metadata=None):
    _attack("wheel")
    name = "attacked-2.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("attacked.py", "built = " + repr(TRIED) + "\\n")
        archive.writestr("attacked-2.0.dist-info/METADATA",
                         "Metadata-Version: 2.1\\nName: attacked\\nVersion: 2.0\\n")
        archive.writestr("attacked-2.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("attacked-2.0.dist-info/RECORD",
                         "".join(each + ",,\\n" for each in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
TEST = "import attacked\nassert not attacked.built, f'reached: {attacked.built}'\n"


def test_a_build_reaches_the_sandbox_and_not_the_host(
    project: CheckedProject, canary: Path
) -> None:
    paths = [str(canary), "/tmp/foretaste-c31-check"]  # noqa: S108 -- the attack's
    files = {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND.format(paths=paths),
        "setup.py": f"open({str(canary)!r}, 'w').write('setup.py')\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: attacked\nVersion: 2.0\n",
    }
    project.release("attacked", "1.0", BEFORE, {"attacked.py": "built = []\n"})
    project.index.add(
        DatedFile(
            filename="attacked-2.0.tar.gz", data=sdist("attacked", "2.0", files), day="2026-01-20"
        )
    )
    project.write(["attacked"], ["attacked==1.0"], TEST)

    checked = project.check()

    assert checked.status == 1, checked.errors
    assert checked.said["verdict"] == "reject"
    assert checked.said["hold_back"] == {"attacked": "<2.0"}
    assert "wheel was kept out of" in checked.failures
    assert "wrote /tmp/foretaste-c31-check" in checked.failures
    assert [path for path in paths if Path(path).exists()] == []


def test_a_base_without_a_wheel_is_built_there_too(project: CheckedProject, canary: Path) -> None:
    files = {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND.format(paths=[str(canary)]).replace("2.0", "1.0"),
        "PKG-INFO": "Metadata-Version: 2.1\nName: attacked\nVersion: 1.0\n",
    }
    data = sdist("attacked", "1.0", files)
    project.index.add(DatedFile(filename="attacked-1.0.tar.gz", data=data, day=BEFORE))
    project.release("other", "1.0", BEFORE, {"other.py": ""})
    project.release("other", "1.1", "2026-01-20", {"other.py": ""})
    test = "import attacked\nassert 'kept out' in attacked.built[-1]\n"
    project.write(["attacked", "other"], ["attacked==1.0", "other==1.0"], test)

    checked = project.check("--as-of", AFTER)

    assert checked.status == 0, checked.errors
    assert checked.said["accepted"] == {"other": "1.1"}
    assert not canary.exists()
