"""A message's subject is harmless, and only its footer has trailers."""

from __future__ import annotations

import pytest

from foretaste.adapters.git.message import SUBJECT_LENGTH, decoded, mentions, subject, trailers


@pytest.mark.parametrize(
    ("message", "keys"),
    [
        ("Subject\n\nChange-Id: Ia\n", ("Ia",)),
        ("Subject\n\nBody.\n\nChange-Id:Ia\n\n\n", ("Ia",)),
        ("Subject\n\nSigned-off-by: A <a@b>\nchange-id: Ia", ("Ia",)),
        ("Subject\n\nDepends-On: p/1\n\nChange-Id: Ia", ("Ia",)),
        ("Subject\n\nChange-Id: Ia\n\nDepends-On: p/1", ("Ia",)),
        ("Subject\n\nChange-Id: Ia\nChange-Id: Ib", ("Ia", "Ib")),
        ("Subject\n\nChange-Id: Ia\n(cherry picked from commit abc)", ("Ia",)),
        ("Subject\n\nNote: long\n  and longer\nChange-Id: Ia", ("Ia",)),
        ("Subject\n\nChange-Id: Iold\n\nWords.\n\nChange-Id: Ia", ("Ia",)),
        ("Change-Id: Ia", ()),
        ("Subject\nChange-Id: Ia", ()),
        ("Subject\n\nAs they say:\nChange-Id: Ia\nand go on.", ()),
        ("Subject\n\nChange-Id: Ia\n\nBye.", ()),
        ("Subject\n\n> Change-Id: Ia", ()),
        ("", ()),
    ],
)
def test_trailers_count_in_the_footer_only(message: str, keys: tuple[str, ...]) -> None:
    assert trailers(message, "Change-Id") == keys


def test_a_trailer_outside_the_footer_is_noticed() -> None:
    assert mentions("Subject\n\n  Change-Id: Ia\nand more", "change-id")
    assert not mentions("Subject\n\nNo Change-Id here", "Change-Id")


def test_a_subject_is_one_harmless_line() -> None:
    message = "Red \x1b[31malert\x07\nsecond \u202ehalf\n\nbody"

    assert subject(message) == "Red \\x1b[31malert\\x07 second \\u202ehalf"
    assert subject("") == ""


def test_a_long_subject_is_cut() -> None:
    assert subject("x" * 1000) == "x" * (SUBJECT_LENGTH - 1) + "…"


def test_what_is_no_utf_8_is_replaced() -> None:
    assert decoded(b"a\xff\r\nb\rc") == "a\ufffd\nb\nc"
