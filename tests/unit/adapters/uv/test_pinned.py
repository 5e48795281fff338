"""Pins are read from the lines of a requirements file, and nothing that is less than exact passes."""

from __future__ import annotations

import pytest

from foretaste.adapters.uv.pinned import lines_of, parse_pins
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Pin

LOCK = """\
jinja2==3.1.4 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
Zope.Interface==6.0 --hash=sha256:cc
"""


def test_a_lock_is_read_with_its_hashes() -> None:
    pins = parse_pins(lines_of(LOCK))

    assert pins == (
        Pin(name="jinja2", version="3.1.4", hashes=("sha256:aa", "sha256:bb")),
        Pin(name="zope-interface", version="6.0", hashes=("sha256:cc",)),
    )


def test_a_wheel_that_was_built_here_is_read_from_its_place() -> None:
    (pin,) = parse_pins(["My_App @ file:///a%20b/my_app-1.0+local-py3-none-any.whl"])

    assert pin == Pin(
        name="my-app", version="1.0+local", wheel="/a b/my_app-1.0+local-py3-none-any.whl"
    )


@pytest.mark.parametrize(
    "line", ["six==1.16.0 --hash=sha256:aa", "x @ file:///w/x-1-py3-none-any.whl"]
)
def test_what_is_written_is_read_again(line: str) -> None:
    (pin,) = parse_pins([line])

    assert parse_pins([pin.line]) == (pin,)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("six", "names no single release"),
        ("six>=1 --hash=sha256:aa", "names no single release"),
        ("six==1.* --hash=sha256:aa", "names no single release"),
        ("-r other.txt", "names no single release"),
        ("six==1.16.0", "gives no hash"),
        ("six @ https://example.invalid/six-1-py3-none-any.whl", "names no wheel of this machine"),
        ("six @ file:///six-1.tar.gz", "names no wheel of this machine"),
        ("six @ file:///six.whl", "names no wheel of this machine"),
        ("!! @ file:///six-1-py3-none-any.whl", "names no wheel of this machine"),
    ],
)
def test_what_is_not_exact_is_refused(line: str, why: str) -> None:
    with pytest.raises(UserError, match=f"FT660: .*{why}"):
        parse_pins([line])
