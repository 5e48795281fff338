"""A token counts until it is revoked or expires, is kept as a digest only, and shown once."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from foretaste.ports.errors import PermanentError, UserError
from foretaste.service.access import Access, Principal, Role


@dataclass
class Hand:
    """A clock that a test sets by hand."""

    now: float = 1000.0

    def wall(self) -> float:
        """Return what it was set to."""
        return self.now

    def monotonic(self) -> float:
        """Return the same."""
        return self.now


@pytest.fixture(name="clock")
def clock_fixture() -> Hand:
    return Hand()


@pytest.fixture(name="access")
def access_fixture(tmp_path: Path, clock: Hand) -> Access:
    return Access(tmp_path / "d" / "tokens.json", clock)


def test_a_token_tells_its_holder_and_roles(access: Access) -> None:
    token = access.mint("ada", [Role.PUSH, Role.APPROVE])

    who = access.authenticate(token)

    assert who == Principal(name="ada", roles=frozenset({Role.PUSH, Role.APPROVE}))


def test_the_owner_may_everything(access: Access) -> None:
    who = access.authenticate(access.mint("root", [Role.OWN]))

    assert who is not None
    assert all(who.may(role) for role in Role)
    assert access.roles("root") == {role.value for role in Role}


def test_the_file_holds_no_secret_and_is_for_its_owner(access: Access, tmp_path: Path) -> None:
    token = access.mint("ada", [Role.PUSH])
    path = tmp_path / "d" / "tokens.json"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token.split("_", 2)[2] not in path.read_text(encoding="utf-8")
    assert access.tokens()[0].name == "ada"


def test_another_process_that_mints_or_revokes_counts_at_once(
    access: Access, tmp_path: Path, clock: Hand
) -> None:
    assert access.authenticate("ft_0_0") is None
    other = Access(tmp_path / "d" / "tokens.json", clock)

    token = other.mint("ada", [Role.PUSH])
    assert access.authenticate(token) is not None

    assert other.revoke(token)
    assert access.authenticate(token) is None
    assert access.roles("ada") == frozenset()


def test_a_token_expires(access: Access, clock: Hand) -> None:
    token = access.mint("ada", [Role.PUSH], expires_at=2000.0)
    assert access.authenticate(token) is not None

    clock.now = 2000.0

    assert access.authenticate(token) is None


def test_roles_are_those_of_every_token_that_counts(access: Access) -> None:
    access.mint("ada", [Role.PUSH])
    gone = access.mint("ada", [Role.OPERATE])
    access.mint("ada", [Role.APPROVE])
    access.mint("linus", [Role.CONFIG])

    access.revoke(gone)

    assert access.roles("ada") == {"push", "approve"}


def test_a_token_is_revoked_by_its_id_too(access: Access) -> None:
    token = access.mint("ada", [Role.PUSH])

    assert access.revoke(access.tokens()[0].id)
    assert access.authenticate(token) is None
    assert not access.revoke("nothing")


@pytest.mark.parametrize("name", ["", " ada", "a\nb", "ä", "x" * 65, "-x"])
def test_a_holder_has_a_plain_name(access: Access, name: str) -> None:
    with pytest.raises(UserError, match="FT711"):
        access.mint(name, [Role.PUSH])


def test_a_token_without_a_role_is_none(access: Access) -> None:
    with pytest.raises(UserError, match="FT712"):
        access.mint("ada", [])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"tokens": [{"id": "x"}]}', '{"tokens": [{"id": "zz", "roles": []}]}']
)
def test_a_file_that_cannot_be_read_lets_nobody_in(
    access: Access, tmp_path: Path, text: str
) -> None:
    token = access.mint("ada", [Role.PUSH])
    (tmp_path / "d" / "tokens.json").write_text(text, encoding="utf-8")

    with pytest.raises(PermanentError, match="FT713"):
        access.authenticate(token)


def test_an_entry_with_a_role_or_an_id_of_another_kind_is_refused(
    access: Access, tmp_path: Path
) -> None:
    token = access.mint("ada", [Role.PUSH])
    path = tmp_path / "d" / "tokens.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    for broken in ({"roles": ["king"]}, {"id": "../../x"}):
        entry = {**kept["tokens"][0], **broken}
        path.write_text(json.dumps({"tokens": [entry]}), encoding="utf-8")

        with pytest.raises(PermanentError, match="FT713"):
            access.authenticate(token)


def test_a_file_that_others_can_read_is_not_believed(access: Access, tmp_path: Path) -> None:
    token = access.mint("ada", [Role.PUSH])
    (tmp_path / "d" / "tokens.json").chmod(0o644)
    fresh = Access(tmp_path / "d" / "tokens.json", Hand())

    with pytest.raises(PermanentError, match="FT714"):
        fresh.authenticate(token)


def test_minting_at_once_loses_none(access: Access, tmp_path: Path) -> None:
    tokens: list[str] = []

    def mint(number: int) -> None:
        mine = Access(tmp_path / "d" / "tokens.json", Hand())
        tokens.append(mine.mint(f"user{number}", [Role.PUSH]))

    threads = [threading.Thread(target=mint, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tokens) == 8
    assert all(access.authenticate(token) for token in tokens)
