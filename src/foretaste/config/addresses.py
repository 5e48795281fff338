"""Addresses: of repositories of others that the gate may ask, as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from foretaste.config.values import WrongValueError

SCHEMES = ("https", "http", "file")
MOST = 100
HINT = 'as in "https://git.example.org/team/" or "file:///srv/git/"'


def address(text: str) -> str:
    """Return the address of a repository, or of what repositories lie below.

    Raises:
        WrongValueError: it is none, or would stand for everything.
    """
    try:
        parts = urlsplit(text)
        wrong = parts.scheme not in SCHEMES or parts.query or parts.fragment or "@" in parts.netloc
    except ValueError:
        raise WrongValueError("not an address", HINT) from None
    whole = not parts.netloc if parts.scheme != "file" else parts.path in {"", "/"} or parts.netloc
    if wrong or whole or not text.isprintable() or ".." in parts.path.split("/"):
        raise WrongValueError("not an address of repositories", HINT)
    return text


def _addresses(values: Sequence[str]) -> Sequence[str]:
    for place, text in enumerate(values):
        try:
            address(text)
        except WrongValueError as error:
            raise WrongValueError(error.what, error.hint, place=place) from None
    return values


Addresses = Annotated[list[str], AfterValidator(_addresses), Field(max_length=MOST)]
