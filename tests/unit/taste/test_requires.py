"""Lines of metadata are read leniently, and what was not understood is kept to be told."""

from __future__ import annotations

import pytest

from foretaste.taste.requires import LINE_LENGTH, Need, needs_of

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.9.1",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.9.1",
    "python_version": "3.9",
    "sys_platform": "linux",
}


def _only(line: str) -> Need:
    needs = needs_of([line], MARKERS)
    assert needs.unread == ()
    (need,) = needs.lines
    return need


def test_a_line_has_a_package_extras_and_versions() -> None:
    need = _only("Foo.Bar[B_c, a] >=1.0,<2 ; python_version >= '3'")

    assert need.name == "foo-bar"
    assert need.extras == ("a", "b-c")
    assert need.text == "Foo.Bar[B_c, a] >=1.0,<2"
    assert not need.partial


@pytest.mark.parametrize(
    ("line", "version", "accepted"),
    [
        ("foo", "1", True),
        ("foo", None, False),
        ("foo>=1", "0.9", False),
        ("foo>=1", "1.0", True),
        ("foo<2", "1.5b1", True),
        ("foo (>=1.0)", "0.9", False),
        ("foo>=1", "not-a-version", True),
        ("foo @ https://example.org/foo.zip", "7", True),
        ("foo===2004d", "2004d", True),
        # what old tools wrote
        ("foo (>=1.0.*)", "0.9", False),
        ("foo (>=1.0.*)", "1.1", True),
        ("foo (>=1.0,)", "0.9", False),
        ("foo>=1.0<2", "2.1", False),
        ("foo (1.0)", "1.1", False),
        ("foo (1.0)", "1.0", True),
        ("foo (dev)", "1.1", True),
    ],
)
def test_a_version_is_accepted_or_not(line: str, version: str | None, *, accepted: bool) -> None:
    assert _only(line).accepts(version) is accepted


def test_a_version_of_thousands_of_digits_is_no_version() -> None:
    assert _only("foo>=1").accepts("1" * 5000)


def test_a_line_that_is_too_long_leaves_the_package_needed() -> None:
    need = _only("foo>=1" + ",<9" * LINE_LENGTH)

    assert need.partial
    assert need.accepts("10")


def test_versions_that_cannot_be_read_leave_the_package_needed() -> None:
    need = _only("foo (=> 1.0; python_version >= '3'")

    assert need.partial
    assert need.name == "foo"
    assert need.text == "foo (=> 1.0"
    assert need.accepts("0.1")
    assert not need.accepts(None)
    assert need.applies(MARKERS)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "!!",
        "foo; nonsense",
        "foo; sys_platform >",
        "x" * (LINE_LENGTH + 1),
        "foo; " + "(" * 3000,
        "foo; " + " " * LINE_LENGTH + "python_version > '3'",
        "foo>=" + "1" * 5000 + " ; " + "(" * 100,
    ],
)
def test_what_cannot_be_read_asks_for_nothing_and_is_kept(line: str) -> None:
    needs = needs_of([line, "bar"], MARKERS)

    assert [need.name for need in needs.lines] == ["bar"]
    assert needs.unread == (line,)


def test_a_marker_that_compares_what_cannot_be_compared_is_unread() -> None:
    line = "foo; python_version ~= 'three'"

    needs = needs_of([line], MARKERS)

    assert needs.lines == ()
    assert needs.unread == (line,)


def test_lines_belong_to_no_extra_or_to_one() -> None:
    needs = needs_of(
        [
            "always",
            "linux; sys_platform == 'linux'",
            "windows; sys_platform == 'win32'",
            "fast; extra == 'speed'",
            "fast-here; extra == 'speed' and python_version < '3'",
            "either; extra == 'speed' or sys_platform == 'linux'",
        ],
        MARKERS,
    )

    assert [need.name for need in needs.of(MARKERS)] == ["always", "linux", "either"]
    assert [need.name for need in needs.of(MARKERS, "speed")] == ["fast"]
    assert needs.of(MARKERS, "other") == ()
