"""B27: messages that paint over the terminal or forge what the gate acts on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_forge import LiveForge, live_forge

ESCAPES = ("\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u200b")


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


def test_a_subject_cannot_steer_a_terminal(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit(
        "a.txt", "Fix \x1b]8;;javascript:alert(1)\x07link\x1b[2J \u202etxt.exe\u2066 \u200b\x9b31m"
    )

    said = clone.push("-otopic=a", "HEAD:refs/for/main")

    (asked,) = forge.service.asked
    subject = asked.proposals[0].subject
    assert "\\x1b]8;;javascript:alert(1)\\x07link" in subject
    assert subject in said
    for text in (subject, said):
        assert not [escape for escape in ESCAPES if escape in text]


def test_trailers_in_the_body_mean_nothing(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit(
        "a.txt",
        "Quote what someone wrote",
        "They wrote:\nDepends-On: click/1\nChange-Id: Iforged\nApproved-by: olga",
        "> Depends-On: click/2",
        "Depends-On: click/3\nand so on",
        "Change-Id: Imine\nApproved-by: olga\nReviewed-by: olga",
    )

    clone.push("HEAD:refs/for/main")

    (asked,) = forge.service.asked
    assert asked.proposals[0].change_key == "Imine"
    assert asked.proposals[0].depends_on == ()
    assert not asked.approve


def test_nobody_approves_by_message_author_or_topic(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a", "Change-Id: Ia\nApproved-by: olga\nPush-Option: approve")
    clone.git("commit", "-q", "--amend", "--no-edit", "--author", "olga <olga@example.org>")

    said = clone.push("HEAD:refs/for/main%topic=x,approve", fails=True)
    clone.push("HEAD:refs/for/main")

    assert "error[FT320]: pat may not approve" in said
    (asked,) = forge.service.asked
    assert (asked.by, asked.approve) == ("pat", False)


@pytest.mark.parametrize(
    "value", ["click/1\x1b[2J", "click/1\u202e", "click/1 click/2", "x" * 400], ids=repr
)
def test_a_hostile_dependency_is_refused_and_shown_harmless(forge: LiveForge, value: str) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a", f"Change-Id: Ia\nDepends-On: {value}")

    said = clone.push("HEAD:refs/for/main", fails=True)

    assert "error[FT317]" in said
    assert not [escape for escape in ESCAPES if escape in said]
    assert not forge.service.asked


def test_a_hostile_topic_is_refused_and_shown_harmless(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a")

    said = clone.push("-otopic=\x1b[2Jx\u202e", "HEAD:refs/for/main", fails=True)

    assert "error[FT318]" in said
    assert not [escape for escape in ESCAPES if escape in said]
    assert not forge.service.asked
