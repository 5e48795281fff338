"""Which files of a release are for an interpreter, and which releases there were at a time."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.version import Version

from foretaste.adapters.uv.fitting import fitting
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.offers import offers_of, tells_time
from foretaste.ports.index import IndexFile, IndexPage

SUM = "a" * 64


def interpreter(version: str, tag: str = "") -> Interpreter:
    digits = "".join(version.split(".")[:2])
    return Interpreter(
        path=Path("/python"),
        version=version,
        prefix=Path("/"),
        tag=tag or f"cpython-{digits}",
        platform="linux-x86_64",
    )


def file(filename: str, **more: object) -> IndexFile:
    kind = "wheel" if filename.endswith(".whl") else "sdist"
    version = filename.split("-")[1].removesuffix(".tar.gz").removesuffix(".zip")
    about = {"kind": kind, "version": version, "url": f"https://x.example/{filename}"}
    return IndexFile(filename=filename, **{**about, "sha256": SUM, **more})  # type: ignore[arg-type]


def fits(filename: str, version: str, tag: str = "", **more: object) -> bool:
    return bool(fitting([file(filename, **more)], interpreter(version, tag)).wheels)


@pytest.mark.parametrize(
    ("tags", "fitting_versions"),
    [
        ("py3-none-any", {"3.6.15", "3.11.7", "3.13.0"}),
        ("py2.py3-none-any", {"2.7.18", "3.6.15", "3.11.7", "3.13.0"}),
        ("cp27-cp27mu-manylinux1_x86_64", {"2.7.18"}),
        ("cp36-cp36m-manylinux1_x86_64", {"3.6.15"}),
        ("cp36-abi3-manylinux2014_x86_64", {"3.6.15", "3.11.7", "3.13.0"}),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", {"3.11.7"}),
        ("cp311-cp311-win_amd64", set()),
        ("cp311-cp311-macosx_11_0_arm64", set()),
        ("cp311-none-any", {"3.11.7"}),
    ],
)
def test_wheels_fit_by_their_tags(tags: str, fitting_versions: set[str]) -> None:
    versions = ("2.7.18", "3.6.15", "3.11.7", "3.13.0")

    assert {each for each in versions if fits(f"app-1.0-{tags}.whl", each)} == fitting_versions


def test_other_implementations_have_tags_of_their_own() -> None:
    pypy = "app-1.0-pp39-pypy39_pp73-manylinux2014_x86_64.whl"

    assert fits(pypy, "3.9.1", tag="pypy39-pp73")
    assert not fits(pypy, "3.9.1")
    assert fits("app-1.0-py3-none-any.whl", "3.9.1", tag="pypy39-pp73")
    assert not fits("app-1.0-cp39-cp39-manylinux2014_x86_64.whl", "3.9.1", tag="graalpy-39")


def test_what_is_for_another_python_or_has_no_hash_fits_nobody() -> None:
    name = "app-1.0-py3-none-any.whl"

    assert fits(name, "3.11.7", requires_python=">=3.8,<4")
    assert not fits(name, "3.11.7", requires_python="<3.11")
    assert fits(name, "3.11.7", requires_python="three!")
    assert not fits(name, "3.11.7", sha256="")


def test_of_several_sources_the_one_that_everybody_unpacks_is_taken() -> None:
    files = [file("app-1.0.zip"), file("app-1.0.tar.gz"), file("app-1.0.rpm")]

    found = fitting(files, interpreter("3.11.7"))

    assert found.sdist == files[1]
    assert fitting(files[2:], interpreter("3.11.7")).sdist == files[2]
    assert fitting([], interpreter("3.11.7")).sdist is None


def uploaded(filename: str, on: str, **more: object) -> IndexFile:
    return file(filename, uploaded=datetime.fromisoformat(on).replace(tzinfo=UTC), **more)


PAGE = IndexPage(
    name="app",
    files=(
        uploaded("app-1.0.tar.gz", "2020-01-01"),
        uploaded("app-1.0.0-py3-none-any.whl", "2020-02-01"),
        uploaded("app-2.0-py3-none-any.whl", "2020-03-01", yanked="bad"),
        uploaded("app-2.0.tar.gz", "2020-03-01"),
        file("app-3.0-py3-none-any.whl"),
    ),
)


def test_at_a_time_there_is_what_had_been_uploaded() -> None:
    at = datetime(2020, 1, 15, tzinfo=UTC)

    offers = offers_of(PAGE, interpreter("3.11.7"), at, None)

    assert [str(version) for version in offers if offers[version].is_there] == ["1.0"]
    first = offers[Version("1")]
    assert (first.then.wheels, first.then.sdist) == ((), PAGE.files[0])
    assert first.now.wheels == (PAGE.files[1],)
    assert not first.is_plain


def test_what_is_uploaded_at_that_very_moment_is_not_there_yet() -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)

    assert not any(
        each.is_there for each in offers_of(PAGE, interpreter("3.11.7"), at, None).values()
    )


def test_now_there_is_everything_from_the_base_on() -> None:
    offers = offers_of(PAGE, interpreter("3.11.7"), None, Version("2.0"))

    assert list(offers) == [Version("2.0"), Version("3.0")]
    assert not offers[Version("2.0")].is_plain
    assert not offers[Version("2.0")].yanked
    assert offers[Version("3.0")].is_plain


def test_wheels_that_uv_does_not_see_are_not_plain() -> None:
    files = (file("app-1.0-cp27-cp27mu-manylinux1_x86_64.whl"), file("app-2.0-py2-none-any.whl"))

    offers = offers_of(IndexPage(name="app", files=files), interpreter("2.7.18"), None, None)

    assert [each.is_there for each in offers.values()] == [True, True]
    assert [each.is_plain for each in offers.values()] == [False, True]


def test_a_release_is_yanked_when_all_of_its_files_are() -> None:
    files = tuple(dataclasses.replace(each, yanked="") for each in PAGE.files)
    page = dataclasses.replace(PAGE, files=files)

    assert all(each.yanked for each in offers_of(page, interpreter("3.11.7"), None, None).values())


def test_whether_an_index_tells_the_time() -> None:
    assert tells_time(PAGE)
    assert tells_time(IndexPage(name="app", files=()))
    assert not tells_time(IndexPage(name="app", files=PAGE.files[-1:]))
