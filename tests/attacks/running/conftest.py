"""The gate that is attacked here is a whole one, in a process of its own."""

from __future__ import annotations

from tests.gate.conftest import folder_fixture, gate_fixture, made_fixture

__all__ = ["folder_fixture", "gate_fixture", "made_fixture"]
