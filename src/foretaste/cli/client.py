"""The client: asks a gate over its HTTP API, and turns its answers into records and failures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx2

from foretaste.cli.failure import Exit, Failure
from foretaste.cli.options import Where

# The gate answers a write when it is on the disk, which a busy disk may delay.
TIMEOUT = 60.0
CONNECT = 5.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Of an answer that is no JSON, what is shown.
EXCERPT = 200

# Where the gate says what to do over HTTP, and a command line has its own way.
HINTS: Mapping[str, str] = {
    "FT704": "`foretaste changes` lists changes, `foretaste show CHANGE` the builds of one",
    "FT705": "show one with --token or FORETASTE_TOKEN; it may have expired or been revoked",
}
STATUS: Mapping[int, Exit] = {
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    409: Exit.REJECTED,
}
"""What a refusal means to a script; the others below 500 are usage, from there on no answer."""


class GateClient:
    """One gate; use it in a `with`."""

    def __init__(self, where: Where) -> None:
        self.url, token = located(where)
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx2.Client(
            base_url=f"{self.url}/api/v1/",
            headers=headers,
            timeout=httpx2.Timeout(TIMEOUT, connect=CONNECT),
            # A proxy of the environment knows nothing of this machine's own addresses.
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, *path: str, **query: str | int) -> Any:  # noqa: ANN401 - what JSON holds
        """Return the answer to a question.

        Raises:
            Failure: the gate refuses, or cannot be reached.
        """
        return _json(self._ask("GET", path, params=dict(query)))

    def post(self, *path: str, **body: Any) -> Any:  # noqa: ANN401 - what JSON holds
        """Ask for something to be done, and return the answer.

        Raises:
            Failure: the gate refuses, or cannot be reached.
        """
        return _json(self._ask("POST", path, json=body))

    def log(self, build: str, offset: int) -> tuple[bytes, int, bool]:
        """Return a build's log from `offset` on, its whole size, and whether it is complete.

        Raises:
            Failure: there is no such build, or the gate cannot be reached.
        """
        answer = self._ask("GET", ("builds", build, "log"), params={"offset": offset})
        size = answer.headers.get("X-Log-Size", "")
        whole = int(size) if size.isdigit() else offset + len(answer.content)
        return answer.content, whole, answer.headers.get("X-Log-Done", "true") == "true"

    def _ask(self, method: str, path: tuple[str, ...], **more: Any) -> httpx2.Response:  # noqa: ANN401
        address = "/".join(quote(part, safe="") for part in path)
        try:
            answer = self._http.request(method, address, **more)
        except httpx2.HTTPError as error:
            raise Failure(
                "FT003",
                f"the gate at {self.url} cannot be reached: {error}",
                hint="is `foretaste serve` running, and is this its address?",
                status=Exit.UNDECIDED,
            ) from None
        if answer.is_success:
            return answer
        raise refusal(self.url, answer.status_code, answer.text)


def located(where: Where) -> tuple[str, str]:
    """Return a gate's address and the token to show it.

    The token in the gate's folder goes to that gate only, never to an address that was given.

    Raises:
        Failure: no address was given and the folder names none.
    """
    if where.url:
        return _address(where.url), where.token
    found = where.directory / "gate.json"
    try:
        url = json.loads(found.read_text(encoding="utf-8"))["url"]
    except FileNotFoundError:
        raise Failure(
            "FT004",
            "no gate is known here",
            where=str(found),
            hint="start one with `foretaste serve`, or name one with --url or FORETASTE_URL",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(
            "FT004",
            f"the gate's address cannot be read: {error}",
            where=str(found),
            hint="name the gate with --url or FORETASTE_URL",
        ) from None
    return _address(str(url)), where.token or _own_token(where.directory / "admin.token")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Failure(
            "FT004", f"{url!r} is not a gate's address", hint="it begins with http:// or https://"
        )
    return url.rstrip("/")


def _own_token(path: Path) -> str:
    """Return the owner's token, "" where this user may not read it."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def refusal(url: str, status: int, text: str) -> Failure:
    """Return the failure for an answer that is no success, in the gate's own words."""
    at_fault = Exit.UNDECIDED if status >= 500 else Exit.USAGE  # noqa: PLR2004 - HTTP's classes
    try:
        error = json.loads(text)["error"]
        return Failure(
            str(error["code"]),
            str(error["message"]),
            where=str(error.get("where", "")),
            hint=HINTS.get(str(error["code"]), str(error.get("hint", ""))),
            status=STATUS.get(status, at_fault),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return _no_gate(url, f"status {status}: {text[:EXCERPT]}")


def _json(answer: httpx2.Response) -> Any:  # noqa: ANN401 - what JSON holds
    try:
        return answer.json()
    except ValueError:
        raise _no_gate(str(answer.url), answer.text[:EXCERPT]) from None


def _no_gate(url: str, what: str) -> Failure:
    return Failure(
        "FT005",
        f"what answers there is no gate of this kind: {what}",
        where=url,
        hint="check the address; a proxy may stand in between",
        status=Exit.UNDECIDED,
    )
