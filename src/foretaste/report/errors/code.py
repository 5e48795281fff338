"""Code: what the manual says of one error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """An error's name in a few words, what it means, and what to do about it."""

    title: str
    meaning: str
    remedy: str
