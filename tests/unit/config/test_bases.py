"""The base is read from what is given, else from the project's own lock, the surest first."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from foretaste.config.bases import find_base, read_base
from foretaste.config.tree import GivenTree
from foretaste.config.versions import Asked, Base
from foretaste.ports.errors import UserError

MARKERS = {
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "sys_platform": "linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
SUM = "sha256:" + "a" * 64
UV_LOCK = """
version = 1
requires-python = ">=3.9"

[[package]]
name = "mine"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "six" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]
docs = [{ name = "sphinx" }]

[[package]]
name = "six"
version = "1.16.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "sphinx"
version = "7.0.0"
source = { registry = "https://index.example/simple" }
"""
PYLOCK = """
lock-version = "1.0"
[[packages]]
name = "six"
version = "1.15.0"
"""
POETRY = """
[[package]]
name = "six"
version = "1.14.0"
"""


def asked(**more: object) -> Asked:
    return Asked(markers=MARKERS, **more)  # type: ignore[arg-type]


def found(tree_files: Mapping[str, str], **more: object) -> Base | None:
    tree = GivenTree(files={path: text.encode() for path, text in tree_files.items()})
    return find_base(tree, asked(**more))


def pins(base: Base | None) -> dict[str, str]:
    assert base is not None
    return dict(base.versions)


LOCKS = {
    "uv.lock": UV_LOCK,
    "pylock.toml": PYLOCK,
    "poetry.lock": POETRY,
    "pdm.lock": POETRY.replace("1.14.0", "1.13.0"),
    "Pipfile.lock": json.dumps({"default": {"six": {"version": "==1.12.0"}}}),
    "requirements.txt": "six==1.11.0\n",
}


def test_the_first_lock_counts() -> None:
    files = dict(LOCKS)
    versions = []
    while files:
        versions.append(pins(found(files))["six"])
        del files[next(iter(files))]

    assert versions == ["1.16.0", "1.15.0", "1.14.0", "1.13.0", "1.12.0", "1.11.0"]


def test_without_any_there_is_no_base() -> None:
    assert found({"setup.py": "", "requirements.in": "six==1.0"}) is None


def test_a_named_pylock_is_one_too() -> None:
    base = found({"pylock.dev.toml": PYLOCK})

    assert base is not None
    assert base.found == "pylock.dev.toml"


def test_groups_are_those_that_uv_installs_and_those_that_are_asked_for() -> None:
    files = {"uv.lock": UV_LOCK}
    some = '[tool.uv]\ndefault-groups = ["docs"]\n'
    every = '[tool.uv]\ndefault-groups = "all"\n'

    assert set(pins(found(files))) == {"six", "pytest"}
    assert set(pins(found({**files, "pyproject.toml": some}))) == {"six", "sphinx"}
    assert set(pins(found({**files, "pyproject.toml": every}))) == {"six", "pytest", "sphinx"}
    assert set(pins(found(files, groups=frozenset({"docs"})))) == {"six", "pytest", "sphinx"}


def test_a_lock_that_cannot_be_used_is_told_and_not_passed_over() -> None:
    with pytest.raises(UserError, match="FT646"):
        found({"uv.lock": "version = 99", "requirements.txt": "six==1.0"})


def test_requirements_that_leave_a_choice_are_no_base() -> None:
    assert found({"requirements.txt": "six==1.0\nflask>=2\n"}) is None
    assert found({"requirements.txt": "# nothing\n"}) is None


def test_what_the_tests_need_is_added_where_it_agrees() -> None:
    base = found(
        {
            "requirements.txt": f"six==1.0 --hash={SUM}\n",
            "requirements-dev.txt": f"-r requirements.txt\npytest==8.0 --hash={SUM}\n",
            "requirements/test.txt": "six==2.0\nother==1.0\n",
            "tools/deep/requirements-dev.txt": "deep==1.0\n",
        }
    )

    assert pins(base) == {"six": "1.0", "pytest": "8.0"}
    assert base is not None
    assert base.found == "requirements.txt, requirements-dev.txt"
    assert base.hashes == {"six": (SUM,), "pytest": (SUM,)}


def test_the_file_that_the_tests_are_installed_from_comes_first() -> None:
    files = {"requirements.txt": "six==1.0\n", "ci/pins.txt": "six==2.0\n"}

    assert pins(found(files, files=("./ci/pins.txt", "gone.txt"))) == {"six": "2.0"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_kind_can_be_given_by_name(name: str) -> None:
    base = read_base(f"some/where/{name}", LOCKS[name].encode(), asked())

    assert base.versions["six"]
    assert base.found == f"some/where/{name}"


def test_a_file_of_any_other_name_has_a_pin_a_line() -> None:
    base = read_base("base.txt", b"Six==1.16.0\nfoo_bar == 2.0  # old\n", asked())

    assert base.versions == {"six": "1.16.0", "foo-bar": "2.0"}


def test_a_file_that_pins_nothing_is_told() -> None:
    with pytest.raises(UserError, match="FT645: the file pins nothing"):
        read_base("base.txt", b"# six==1.0\n", asked())


def test_a_file_beyond_all_measure_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretaste.config.bases._LARGEST", 5)

    with pytest.raises(UserError, match="too large"):
        read_base("base.txt", b"six==1.0\n", asked())
