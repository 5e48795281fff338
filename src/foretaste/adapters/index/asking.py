"""Asking: one request for a page, tried again where that may help, and never more than is borne.

What is waited for between two tries grows by two, and is what the index asks for (Retry-After)
where it says so; what it asks beyond a minute is not waited for, but told.
"""

from __future__ import annotations

import email.utils
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx2

from foretaste.adapters.index.reading import HTML, JSON
from foretaste.ports.clock import Clock
from foretaste.ports.errors import PortError, TransientError, UserError

# Bytes of a page, unpacked: the largest of the index has 40 MB.
MOST_BYTES = 128 * 2**20
# Tries in all, the first wait, and the longest that is waited for, in seconds.
TRIES = 4
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0
_SECONDS = 30.0
_REDIRECTS = 5
_ACCEPT = f"{JSON}, {HTML[0]};q=0.2, {HTML[1]};q=0.1"
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_THERE = frozenset({404, 410})
_NOT_LET_IN = frozenset({401, 403, 407})
_UNCHANGED = 304
_SOUND = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `data` is None where the page is as it was.

    `kind` is its content type, `address` where it was found in the end.
    """

    data: bytes | None
    kind: str = ""
    address: str = ""
    etag: str = ""
    modified: str = ""


class Asking:
    """Asks one index; at most `connections` requests are under way at once.

    `wait` passes so many seconds; a test gives one that only notes them.
    """

    def __init__(
        self, clock: Clock, connections: int, wait: Callable[[float], object] | None = None
    ) -> None:
        self._clock = clock
        self._wait = wait or threading.Event().wait
        self._connections = connections
        self._client: httpx2.Client | None = None
        self._lock = threading.Lock()

    def ask(self, address: str, headers: Mapping[str, str]) -> Answer | None:
        """Return what stands at `address`, None where nothing does.

        Raises:
            UserError: the index does not let us in, or its address is none.
            TransientError: it is out of reach, or asks to come back later.
        """
        if address.startswith("file:"):
            return _from_disk(address)
        wait = FIRST_WAIT
        for _ in range(TRIES - 1):
            found = self._try(address, headers)
            if not isinstance(found, _Again):
                return found
            asked = wait if found.after is None else found.after
            if asked > LONGEST_WAIT:
                raise found.error
            self._wait(asked)
            wait *= 2
        found = self._try(address, headers)
        if isinstance(found, _Again):
            raise found.error
        return found

    def close(self) -> None:
        """Give the connections up."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _try(self, address: str, headers: Mapping[str, str]) -> Answer | _Again | None:
        try:
            with self._made().stream(
                "GET", address, headers={"Accept": _ACCEPT, **headers}
            ) as response:
                return self._read(response)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise UserError(
                "FT649",
                f"the index's address cannot be used: {error}",
                hint="see the settings of uv and pip",
            ) from error
        except httpx2.HTTPError as error:
            why = str(error) or type(error).__name__
            return _Again(TransientError("FT623", f"the index cannot be asked now: {why}"))

    def _read(self, response: httpx2.Response) -> Answer | _Again | None:
        status = response.status_code
        if status in _NOT_THERE:
            return None
        if status in _MAY_PASS:
            error = TransientError("FT623", f"the index answers with HTTP status {status}")
            return _Again(error, self._after(response.headers.get("Retry-After", "")))
        if status not in {_SOUND, _UNCHANGED}:
            raise _refused(status)
        data = None if status == _UNCHANGED else _bounded(response)
        return Answer(
            data=data,
            kind=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            address=str(response.url),
            etag=response.headers.get("ETag", ""),
            modified=response.headers.get("Last-Modified", ""),
        )

    def _after(self, text: str) -> float | None:
        """Return the seconds that the index asks to wait, None where it does not say."""
        if text.strip().isdecimal():
            return float(text)
        try:
            moment = email.utils.parsedate_to_datetime(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return max(0.0, moment.timestamp() - self._clock.wall())
        except (ValueError, OverflowError):
            return None

    def _made(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx2.Client(
                    timeout=_SECONDS,
                    limits=httpx2.Limits(
                        max_connections=self._connections,
                        max_keepalive_connections=self._connections,
                    ),
                    follow_redirects=True,
                    max_redirects=_REDIRECTS,
                    headers={"User-Agent": "foretaste"},
                )
            return self._client


class _Again:
    """It may help to ask again, after so many seconds where the index says so."""

    def __init__(self, error: PortError, after: float | None = None) -> None:
        self.error = error
        self.after = after


def _refused(status: int) -> PortError:
    if status in _NOT_LET_IN:
        return UserError(
            "FT641",
            f"the index does not let us in (HTTP status {status})",
            hint="see how uv and pip are told the index's user and password",
        )
    return UserError("FT641", f"the index answers with HTTP status {status}")


def _bounded(response: httpx2.Response) -> bytes:
    """Return the page, unpacked as it comes so that a small answer cannot grow without end."""
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise TransientError("FT642", "a page of the index is too large to be read")
        parts.append(part)
    return b"".join(parts)


def _from_disk(address: str) -> Answer | None:
    """Return the page of an index that is a folder."""
    path = Path(unquote(urlsplit(address).path)) / "index.html"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TransientError("FT642", "a page of the index is too large to be read")
        return Answer(data=path.read_bytes(), kind=HTML[1], address=address)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TransientError("FT623", f"the index cannot be read now: {error}") from error
