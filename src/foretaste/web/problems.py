"""Problems: how a request can go wrong, in one shape for programs and one page for people.

Each has a code of the manual, what is wrong, where, and what to do; never a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import assert_never

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from foretaste.ports.errors import PermanentError, PortError, TransientError, UserError

NO_PAGE = "FT701"
NO_METHOD = "FT702"
UNUSABLE = "FT703"
UNKNOWN = "FT704"
NO_TOKEN = "FT705"  # noqa: S105  (the code of an error)
NO_ROLE = "FT706"
ELSEWHERE = "FT707"
TOO_LARGE = "FT708"
BUSY = "FT709"
BUG = "FT710"
MEDIA_TYPE = "FT715"

# What is shown of a name that somebody made up.
NAME_SHOWN = 100

WORDS: Mapping[str, tuple[str, str]] = {
    NO_PAGE: ("there is nothing at this address", "the gate's own page is /"),
    NO_METHOD: ("this address cannot be asked in this way", "see /api/openapi.json"),
    UNUSABLE: ("the request cannot be used", "see /api/openapi.json for what it may hold"),
    NO_TOKEN: (
        "this needs a token, and none that counts was shown",
        "send it as `Authorization: Bearer TOKEN`; it may have expired or been revoked",
    ),
    ELSEWHERE: (
        "the request comes from another site or goes to another host",
        "use the gate's own pages, under a name that it was started with (--host)",
    ),
    TOO_LARGE: ("the request is too large", "send less at once"),
    BUSY: ("too many are listening already", "try again in a few seconds"),
    BUG: ("the gate itself failed at this", "its log has more; please report it"),
    MEDIA_TYPE: ("the body is not JSON by its type", "send `Content-Type: application/json`"),
}


class Problem(Exception):  # noqa: N818  (it is an answer as much as an error)
    """A request that is answered with an error; carries the answer."""

    def __init__(
        self, status: int, code: str, *, what: str = "", hint: str = "", where: str = ""
    ) -> None:
        usual_what, usual_hint = WORDS.get(code, ("", ""))
        super().__init__(f"{code}: {what or usual_what}")
        self.status = status
        self.code = code
        self.what = what or usual_what
        self.hint = hint or usual_hint
        self.where = where

    @property
    def body(self) -> dict[str, dict[str, str]]:
        """The one error shape of the API."""
        return {
            "error": {
                "code": self.code,
                "message": self.what,
                "hint": self.hint,
                "where": self.where,
            }
        }

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP wants said beside the body."""
        match self.status:
            case HTTPStatus.UNAUTHORIZED:
                return {"WWW-Authenticate": 'Bearer realm="foretaste"'}
            case HTTPStatus.SERVICE_UNAVAILABLE:
                return {"Retry-After": "5"}
            case _:
                return {}


def unknown(kind: str, name: str, hint: str = "") -> Problem:
    """Return the answer for a name that the gate does not know."""
    return Problem(
        HTTPStatus.NOT_FOUND,
        UNKNOWN,
        what=f"there is no {kind} {name[:NAME_SHOWN]!r}",
        hint=hint or "the gate's own page, /, shows what there is",
    )


def from_port(error: PortError) -> Problem:
    """Return the answer where something behind the gate did not do what was asked."""
    match error:
        case TransientError():
            status = HTTPStatus.SERVICE_UNAVAILABLE
        case UserError():
            status = HTTPStatus.CONFLICT
        case PermanentError() | PortError():
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        case _:
            assert_never(error)
    return Problem(status, error.code, what=error.what, hint=error.hint, where=error.where)


def from_validation(error: RequestValidationError) -> Problem:
    """Return the answer to parameters that do not fit, naming each and nothing of its value."""
    places = [".".join(str(part) for part in each["loc"]) for each in error.errors()]
    texts = [f"{place}: {each['msg']}" for place, each in zip(places, error.errors(), strict=True)]
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        UNUSABLE,
        what=f"the request cannot be used: {'; '.join(texts)}",
        where=", ".join(places),
    )


def from_http(error: HTTPException) -> Problem:
    """Return the answer for what the framework itself refused."""
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return Problem(HTTPStatus.NOT_FOUND, NO_PAGE)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return Problem(HTTPStatus.METHOD_NOT_ALLOWED, NO_METHOD)
        case status:
            return Problem(status, UNUSABLE)
