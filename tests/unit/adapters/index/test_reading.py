"""Pages are read leniently and believed strictly."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.adapters.index.reading import HTML, JSON, kind_and_version, read_page
from foretaste.ports.errors import TransientError
from foretaste.ports.index import IndexFile, IndexPage

AT = "https://index.example/simple/app/"
SUM = "0" * 63 + "a"
WHEEL = {"filename": "app-1.0-py3-none-any.whl", "url": "../../app-1.0-py3-none-any.whl"}


def page(*files: object, address: str = AT, **more: object) -> IndexPage:
    body = {"meta": {"api-version": "1.1"}, "name": "app", "files": list(files), **more}
    return read_page("app", json.dumps(body).encode(), JSON, address)


def only(*files: object, **more: str) -> IndexFile:
    (found,) = page(*files, **more).files
    return found


def test_all_that_a_file_says_is_kept() -> None:
    found = only(
        {
            **WHEEL,
            "hashes": {"sha256": SUM.upper(), "md5": "x"},
            "requires-python": ">=3.8",
            "upload-time": "2022-02-18T12:30:00.250000Z",
            "yanked": "breaks",
        }
    )

    assert found == IndexFile(
        filename="app-1.0-py3-none-any.whl",
        kind="wheel",
        version="1.0",
        url="https://index.example/app-1.0-py3-none-any.whl",
        sha256=SUM,
        requires_python=">=3.8",
        uploaded=datetime(2022, 2, 18, 12, 30, 0, 250000, tzinfo=UTC),
        yanked="breaks",
    )


@pytest.mark.parametrize(
    ("said", "expected"), [(True, ""), ("why", "why"), (False, None), (None, None), ("", None)]
)
def test_yanked_is_a_reason_or_nothing(said: object, expected: str | None) -> None:
    assert only({**WHEEL, "yanked": said}).yanked == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"hashes": {"sha256": "short"}},
        {"hashes": "none", "upload-time": "yesterday", "requires-python": 3},
        {"hashes": {"sha256": 1}, "upload-time": 5, "requires-python": "x" * 5000},
        {"upload-time": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_what_cannot_be_used_of_a_file_is_as_if_it_was_not_said(wrong: dict[str, object]) -> None:
    found = only({**WHEEL, **wrong})

    assert (found.sha256, found.requires_python, found.uploaded) == ("", "", None)


def test_a_time_without_a_zone_is_utc() -> None:
    assert only({**WHEEL, "upload-time": "2022-02-18"}).uploaded == datetime(
        2022, 2, 18, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "url",
    ["ftp://elsewhere/x.whl", "javascript:alert(1)", "file:///etc/passwd", "http://plain/x.whl",
     "https://[broken/x.whl", ""],
)  # fmt: skip
def test_files_in_places_less_safe_than_the_page_are_left_out(url: str) -> None:
    assert page({**WHEEL, "url": url}).files == ()


def test_a_page_had_without_encryption_may_name_such_places() -> None:
    assert page({**WHEEL, "url": "http://plain/x.whl"}, address="http://plain/simple/app/").files
    assert page({**WHEEL, "url": "/x.whl"}, address="file:///simple/app/").files


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("foo_bar-1.0-py3-none-any.whl", ("wheel", "1.0")),
        ("Foo.Bar-1.0.tar.gz", ("sdist", "1.0")),
        ("foo-bar-1.0.0-beta2.zip", ("sdist", "1.0.0b2")),
        ("foo-bar-1!2.0+local.1.tgz", ("sdist", "1!2.0+local.1")),
        ("foo-bar-1.0.tar.bz2", ("sdist", "1.0")),
        ("foo-1.0.tar.gz", ("", "")),
        ("foo-bar-baz-1.0.tar.gz", ("", "")),
        ("other-1.0-py3-none-any.whl", ("", "")),
        ("foo-bar-1.0-py2.7.egg", ("", "")),
        ("foo-bar-1.0.exe", ("", "")),
        ("foo-bar-nonsense.tar.gz", ("", "")),
        ("foo_bar-1.0-py3-none.whl", ("", "")),
        ("foo_bar-bad!version-py3-none-any.whl", ("", "")),
        ("../foo-bar-1.0.tar.gz", ("", "")),
        ("foo-bar-1.0\n.tar.gz", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_file_is_a_release_of_the_project_or_nothing(
    filename: str, expected: tuple[str, str]
) -> None:
    kind, version = kind_and_version("foo-bar", filename)

    assert (kind if version else "", version) == expected


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no files"),
        (b'{"files": {}}', "no files"),
        (b'{"files": [], "meta": {"api-version": "2.0"}}', "version 2.0"),
        (b'{"files": [], "name": "other"}', "another project: 'other'"),
        (b'{"files": [], "name": 5}', "another project"),
    ],
)
def test_what_is_no_page_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(TransientError, match="FT642") as caught:
        read_page("app", data, JSON, AT)

    assert why in caught.value.what


def test_what_is_neither_json_nor_html_is_refused() -> None:
    with pytest.raises(TransientError, match="it is image/png"):
        read_page("app", b"\x89PNG", "image/png", AT)


@pytest.mark.parametrize(
    ("serial", "expected"), [("36553719", 36553719), (7, 7), ("x", 0), (None, 0), ("9" * 40, 0)]
)
def test_the_serial_is_a_number_however_it_is_written(serial: object, expected: int) -> None:
    assert page(meta={"api-version": "1.1", "_last-serial": serial}).serial == expected


def test_a_page_without_meta_is_one() -> None:
    assert read_page("app", b'{"files": [], "meta": 3}', "", AT).files == ()


def test_entries_that_are_none_are_left_out() -> None:
    assert page("x", None, 5, {}, WHEEL).files == page(WHEEL).files


def test_html_says_the_same_in_its_own_way() -> None:
    text = (
        f'<!DOCTYPE html><html><body><a href="/f/app-1.0-py3-none-any.whl#sha256={SUM}" '
        'data-requires-python="&gt;=3.8" data-yanked="bad">app-1.0-py3-none-any.whl</a>'
        '<a href="/f/app-0.9.tar.gz">app-0.9.tar.gz</a></body></html>'
    )

    found = read_page("app", text.encode(), HTML[1], AT)

    wheel, source = found.files
    assert (wheel.sha256, wheel.requires_python, wheel.yanked) == (SUM, ">=3.8", "bad")
    assert (source.version, source.uploaded, source.yanked) == ("0.9", None, None)
    assert source.url == "https://index.example/f/app-0.9.tar.gz"


def test_html_of_another_version_is_refused() -> None:
    text = b'<meta name="pypi:repository-version" content="2.0"><a href="x">x</a>'

    with pytest.raises(TransientError, match="FT642"):
        read_page("app", text, HTML[0], AT)


@settings(deadline=None)  # the first page of HTML loads a parser
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    for kind in (JSON, HTML[1], ""):
        with contextlib.suppress(TransientError):
            assert read_page("app", data, kind, AT).name == "app"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = ("filename", "url", "hashes", "requires-python", "upload-time", "yanked")


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JUNK) | JUNK, max_size=4))
def test_no_entry_does_more_than_be_left_out(files: list[object]) -> None:
    assert all(each.version and each.url for each in page(*files, WHEEL).files)


@pytest.mark.parametrize(("said", "expected"), [("a\ud800b", "a?b"), ("x" * 10**6, "")])
def test_a_reason_is_one_that_can_be_written(said: str, expected: str) -> None:
    assert only({**WHEEL, "yanked": said}).yanked == expected
