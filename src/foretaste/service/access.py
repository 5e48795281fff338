"""Access: who may do what; tokens are random, kept as digests only, and shown once.

The file is read again whenever it changes on disk, so that a token minted or revoked by another
process counts at once. A token is `ft_<id>_<secret>`: the id finds the entry, the secret has 256
random bits, which is why one round of SHA-256 is enough to keep it.
"""

from __future__ import annotations

import base64
import contextlib
import enum
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from foretaste.ports.clock import Clock
from foretaste.ports.errors import PermanentError, UserError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
TOKEN = re.compile(r"ft_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
# Compared with when the id is unknown, so that an unknown id takes as long as a wrong secret.
NOBODY = hashlib.sha256(b"").hexdigest()


class Role(enum.Enum):
    """What a token lets its holder do; `own` stands for all of them."""

    PUSH = "push"
    APPROVE = "approve"
    CONFIG = "config"
    OPERATE = "operate"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A person or program that showed a good token."""

    name: str
    roles: frozenset[Role]

    def may(self, role: Role) -> bool:
        """Whether the role is theirs, by itself or as the gate's owner."""
        return role in self.roles or Role.OWN in self.roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One entry of the file; times are seconds since 1970 UTC, 0.0 for never."""

    id: str
    name: str
    roles: tuple[str, ...]
    digest: str
    minted_at: float
    expires_at: float = 0.0
    revoked: bool = False


class Access:
    """The tokens of one gate, in a file that only its owner can read."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._entries: Mapping[str, Token] = {}

    def mint(self, name: str, roles: Iterable[Role], *, expires_at: float = 0.0) -> str:
        """Make a token for `name`, keep its digest, and return it: it cannot be shown again.

        Raises:
            UserError: the name is not one, or no role was given.
        """
        if not NAME.fullmatch(name):
            raise UserError(
                "FT711",
                f"{name!r} cannot be the name of a token's holder",
                hint="letters, digits and . _ @ + - , at most 64, the first a letter or digit",
            )
        kept = tuple(sorted({role.value for role in roles}))
        if not kept:
            raise UserError("FT712", "a token needs a role", hint=f"one of {_role_names()}")
        identity, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        token = Token(
            id=identity,
            name=name,
            roles=kept,
            digest=_digest(secret),
            minted_at=self._clock.wall(),
            expires_at=expires_at,
        )
        with self._locked():
            self._write({**self._read(), identity: token})
        return f"ft_{identity}_{secret}"

    def authenticate(self, token: str) -> Principal | None:
        """Return whose token it is; None where it is unknown, revoked or expired.

        Raises:
            PermanentError: the file cannot be trusted or read; nobody is let in then.
        """
        matched = TOKEN.fullmatch(token)
        identity, secret = matched.groups() if matched else ("", "")
        entry = self._current().get(identity)
        same = hmac.compare_digest(_digest(secret), entry.digest if entry else NOBODY)
        if entry is None or not same or not self._good(entry):
            return None
        return Principal(name=entry.name, roles=frozenset(Role(role) for role in entry.roles))

    def revoke(self, identity: str) -> bool:
        """Let the token with this id, or the whole token, count no longer; False if unknown."""
        matched = TOKEN.fullmatch(identity)
        identity = matched.group(1) if matched else identity
        with self._locked():
            entries = self._read()
            if identity not in entries:
                return False
            self._write({**entries, identity: replace(entries[identity], revoked=True)})
        return True

    def tokens(self) -> tuple[Token, ...]:
        """Return the entries, oldest first; none holds a secret."""
        return tuple(sorted(self._current().values(), key=lambda token: token.minted_at))

    def roles(self, name: str) -> frozenset[str]:
        """Return the roles that `name` has now, through any token that counts."""
        mine = [entry for entry in self._current().values() if entry.name == name]
        held = {role for entry in mine if self._good(entry) for role in entry.roles}
        return frozenset(role.value for role in Role) if Role.OWN.value in held else frozenset(held)

    def _good(self, entry: Token) -> bool:
        return not entry.revoked and not 0.0 < entry.expires_at <= self._clock.wall()

    def _current(self) -> Mapping[str, Token]:
        """Return the entries as the file has them, reading it only when it changed."""
        with self._lock:
            stamp = self._stat()
            if stamp != self._stamp:
                self._entries = self._read()
                self._stamp = stamp
            return self._entries

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> dict[str, Token]:
        try:
            with self._path.open(encoding="utf-8") as file:
                self._check_mode(stat.S_IMODE(os.fstat(file.fileno()).st_mode))
                return {entry["id"]: _token(entry) for entry in json.load(file)["tokens"]}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PermanentError(
                "FT713",
                f"the tokens cannot be read: {error}",
                where=str(self._path),
                hint="mend the file or move it away, then mint new tokens",
            ) from error

    def _check_mode(self, mode: int) -> None:
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermanentError(
                "FT714",
                f"others may read or write the tokens (mode {mode:o})",
                where=str(self._path),
                hint=f"chmod 600 {self._path}",
            )

    def _write(self, entries: Mapping[str, Token]) -> None:
        """Put the file in place whole: a reader sees the old one or the new one."""
        text = json.dumps({"tokens": [asdict(entry) for entry in entries.values()]}, indent=1)
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from writing between a read and a write."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        path = self._path.with_name(f"{self._path.name}.lock")
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(entry: Mapping[str, Any]) -> Token:
    token = Token(**{**entry, "roles": tuple(Role(role).value for role in entry["roles"])})
    if not TOKEN.fullmatch(f"ft_{token.id}_{'x' * 43}"):
        raise ValueError(token.id)
    return token


def _role_names() -> str:
    return ", ".join(role.value for role in Role)


def token_of(header: str) -> str | None:
    """Return the token of an Authorization header, None where it holds none.

    Bearer (RFC 6750), or Basic (RFC 7617) with the token as the password of any user name, which
    is how git sends it.
    """
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return password if colon and password else None
