"""Locks are read for one interpreter, as the tools that wrote them install from them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.config.otherlocks import read_pdm_lock, read_pipfile_lock, read_poetry_lock
from foretaste.config.pylock import read_pylock
from foretaste.config.uvlock import read_uv_lock
from foretaste.config.versions import Asked, Base
from foretaste.ports.errors import UserError

SUM = "sha256:" + "a" * 64
REGISTRY = '{ registry = "https://index.example/simple" }'


def asked(python: str = "3.11.7", **more: object) -> Asked:
    markers = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
    }
    return Asked(markers=markers, **more)  # type: ignore[arg-type]


def package(name: str, version: str, *rest: str, source: str = REGISTRY) -> str:
    lines = ["[[package]]", f'name = "{name}"', f'version = "{version}"', f"source = {source}"]
    return "\n".join([*lines, *rest, ""])


def own(*rest: str) -> str:
    return package("mine", "0.1", *rest, source='{ editable = "." }')


def uv(*packages: str, head: str = "version = 1", who: Asked | None = None) -> Base:
    text = "\n".join([head, *packages])
    return read_uv_lock("uv.lock", text.encode(), who or asked(), ("dev",))


def test_a_lock_is_walked_from_the_project() -> None:
    base = uv(
        own('dependencies = [{ name = "a" }, { name = "w", marker = "sys_platform == \'win32\'" }]'),
        package(
            "a", "1.0", 'dependencies = [{ name = "b", extra = ["x"] }]',
            f'sdist = {{ url = "u", hash = "{SUM}" }}',
            f'wheels = [{{ url = "u", hash = "{SUM}" }}, {{ url = "v" }}]',
        ),
        package("b", "2.0", 'dependencies = [{ name = "a" }]', "[package.optional-dependencies]",
                'x = [{ name = "c" }]', 'y = [{ name = "unused" }]'),
        package("c", "3.0"),
        package("w", "4.0"),
        package("unused", "5.0"),
    )  # fmt: skip

    assert base.versions == {"a": "1.0", "b": "2.0", "c": "3.0"}
    assert base.hashes == {"a": (SUM,)}


@pytest.mark.parametrize(("python", "version"), [("3.9.1", "1.0"), ("3.12.1", "2.0")])
def test_of_several_releases_the_one_for_the_interpreter_is_taken(
    python: str, version: str
) -> None:
    old, new = "python_full_version < '3.10'", "python_full_version >= '3.10'"
    base = uv(
        own(
            f'dependencies = [{{ name = "a", version = "1.0", marker = "{old}" }},'
            f' {{ name = "a", version = "2.0", marker = "{new}" }}, {{ name = "b" }}]'
        ),
        package("a", "1.0"),
        package("a", "2.0"),
        package("b", "1.0", f'resolution-markers = ["{old}"]'),
        package("b", "2.0", f'resolution-markers = ["{new}"]'),
        who=asked(python),
    )

    assert base.versions == {"a": version, "b": version}


def test_extras_groups_and_what_the_tests_ask_for_come_along() -> None:
    requirements = ("Tool[x]>=1", "elsewhere", "old; python_version < '3'", "no requirement!")
    base = uv(
        own("[package.optional-dependencies]", 'fast = [{ name = "a" }]',
            "[package.dev-dependencies]", 'dev = [{ name = "b" }]', 'lint = [{ name = "c" }]'),
        *(package(name, "1.0") for name in ("a", "b", "c", "old")),
        package("tool", "1.0", "[package.optional-dependencies]", 'x = [{ name = "c" }]'),
        who=asked(extras=frozenset({"fast"}), requirements=requirements),
    )  # fmt: skip

    assert set(base.versions) == {"a", "b", "c", "tool"}


def test_a_lock_without_a_project_has_what_is_asked_for() -> None:
    base = uv(package("a", "1.0"), package("b", "1.0"), who=asked(requirements=("a",)))

    assert base.versions == {"a": "1.0"}


@pytest.mark.parametrize("source", ['{ git = "https://x/y" }', '{ url = "https://x/y.whl" }'])
def test_a_package_from_elsewhere_is_told_with_its_line(source: str) -> None:
    with pytest.raises(UserError, match=r"FT646: a is taken from https://x/y") as caught:
        uv(own('dependencies = [{ name = "a" }]'), package("a", "1.0", source=source))

    assert caught.value.where == "uv.lock:9"


def test_a_member_of_the_workspace_is_no_release() -> None:
    member = package("m", "1.0", 'dependencies = [{ name = "a" }]', source='{ editable = "m" }')

    assert uv(own('dependencies = [{ name = "m" }]'), member, package("a", "1.0")).versions == {
        "a": "1.0"
    }


def test_a_lock_that_contradicts_itself_is_told() -> None:
    with pytest.raises(UserError, match="FT646: the lock has no entry of a"):
        uv(own('dependencies = [{ name = "a" }]'))
    with pytest.raises(UserError, match="FT646: the lock has 2 entries of a"):
        uv(own('dependencies = [{ name = "a" }]'), package("a", "1"), package("a", "2"))
    with pytest.raises(UserError, match="cannot be decided"):
        uv(own('dependencies = [{ name = "a", marker = "nonsense" }]'), package("a", "1"))


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("version = 2", "version 2 is not known"),
        ("version", "not TOML"),
        ("version = 1\npackage = 5", "package must be tables"),
        ("version = 1\nrequires-python = '>=3.12'", "the lock is for Python >=3.12, not 3.11.7"),
    ],
)
def test_a_lock_that_is_none_for_us_is_told(head: str, why: str) -> None:
    with pytest.raises(UserError, match="FT646") as caught:
        uv(head=head)

    assert why in caught.value.what


def test_what_a_lock_says_of_python_and_cannot_be_read_is_passed_over() -> None:
    assert uv(own(), head="version = 1\nrequires-python = 'three'").versions == {}


def pylock(text: str, who: Asked | None = None) -> Base:
    return read_pylock("pylock.toml", text.encode(), who or asked())


PACKAGES = """
lock-version = "1.0"
default-groups = ["test"]
[[packages]]
name = "Own"
directory = { path = "." }
[[packages]]
name = "six"
version = "1.16.0"
sdist = { hashes = { sha256 = "aa" } }
wheels = [{ hashes = { sha256 = "bb" } }, { hashes = { md5 = "x" } }]
[[packages]]
name = "fast"
version = "1.0"
marker = "'fast' in extras"
[[packages]]
name = "tested"
version = "1.0"
marker = "'test' in dependency_groups"
[[packages]]
name = "linted"
version = "1.0"
marker = "'lint' in dependency_groups and python_version >= '3.8'"
"""


def test_a_pylock_has_what_an_installer_takes() -> None:
    plain = pylock(PACKAGES)
    more = pylock(PACKAGES, asked(extras=frozenset({"fast"}), groups=frozenset({"lint"})))

    assert plain.versions == {"six": "1.16.0", "tested": "1.0"}
    assert plain.hashes == {"six": ("sha256:aa", "sha256:bb")}
    assert set(more.versions) == {"six", "tested", "fast", "linted"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "lock-version '' is not known"),
        ('lock-version = "2.0"', "lock-version '2.0'"),
        ('lock-version = "1.0"\nrequires-python = "<3"', "the lock is for Python <3"),
        ('lock-version = "1.0"\n[[packages]]\nname = "a"\nvcs = {type = "git"}', "a place (vcs)"),
        (
            'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\nmarker = "no"',
            "cannot be decided",
        ),
    ],
)
def test_a_pylock_that_cannot_be_used_is_told(text: str, why: str) -> None:
    with pytest.raises(UserError, match="FT646") as caught:
        pylock(text)

    assert why in caught.value.what


def test_two_releases_of_one_package_are_told() -> None:
    text = 'lock-version = "1.0"\n' + '[[packages]]\nname = "a"\nversion = "%s"\n' * 2

    with pytest.raises(UserError, match="FT645: a is pinned twice: 1 and 2"):
        pylock(text % ("1", "2"))


def test_poetrys_lock_has_all_but_the_optional() -> None:
    text = f"""
[[package]]
name = "six"
version = "1.16.0"
files = [{{ file = "six.whl", hash = "{SUM}" }}, {{ file = "x" }}]
[[package]]
name = "extra"
version = "1.0"
optional = true
[[package]]
name = "old"
version = "1.0"
markers = "python_version < '3'"
[[package]]
name = "grouped"
version = "1.0"
markers = {{ main = "python_version < '3'", dev = "python_version >= '3'" }}
"""
    base = read_poetry_lock("poetry.lock", text.encode(), asked())

    assert base.versions == {"six": "1.16.0", "grouped": "1.0"}
    assert base.hashes == {"six": (SUM,)}


def test_pdms_lock_has_what_is_for_us() -> None:
    text = """
[[package]]
name = "six"
version = "1.16.0"
[[package]]
name = "old"
version = "1.0"
marker = "python_version < '3'"
"""
    assert read_pdm_lock("pdm.lock", text.encode(), asked()).versions == {"six": "1.16.0"}


def test_pipenvs_lock_has_both_sections() -> None:
    lock = {
        "default": {"six": {"version": "==1.16.0", "hashes": [SUM]}, "odd": 5},
        "develop": {
            "pytest": {"version": "==8.0"},
            "old": {"version": "==1.0", "markers": "python_version < '3'"},
        },
    }
    base = read_pipfile_lock("Pipfile.lock", json.dumps(lock).encode(), asked())

    assert base.versions == {"six": "1.16.0", "pytest": "8.0"}
    assert base.hashes == {"six": (SUM,)}


@pytest.mark.parametrize("data", [b"{", b"[" * 100_000])
def test_what_is_not_json_is_told(data: bytes) -> None:
    with pytest.raises(UserError, match="FT646: not JSON"):
        read_pipfile_lock("Pipfile.lock", data, asked())


def test_packages_from_elsewhere_are_told_of_every_kind() -> None:
    poetry = '[[package]]\nname = "a"\nversion = "1"\n[package.source]\ntype = "git"\nurl = "u"\n'
    pdm = '[[package]]\nname = "a"\nversion = "1"\ngit = "https://x/y"\n'
    pipenv = json.dumps({"default": {"a": {"git": "https://x/y"}}})

    for read, text in (
        (read_poetry_lock, poetry), (read_pdm_lock, pdm), (read_pipfile_lock, pipenv),
    ):  # fmt: skip
        with pytest.raises(UserError, match="FT646: a is taken from"):
            read("lock", text.encode(), asked())


def test_pipenvs_lock_of_another_form_has_nothing() -> None:
    for text in (b"[]", b'{"default": 5}'):
        assert read_pipfile_lock("Pipfile.lock", text, asked()).versions == {}


WORDS = st.sampled_from(["name", "version", "source", "dependencies", "package", "marker", "extra"])
VALUES = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=5))
def test_no_lock_of_pipenvs_does_more_than_be_refused(lock: dict[str, object]) -> None:
    data = json.dumps({"default": {"a": lock}}).encode()
    with contextlib.suppress(UserError):
        assert "" not in read_pipfile_lock("Pipfile.lock", data, asked()).versions.values()
