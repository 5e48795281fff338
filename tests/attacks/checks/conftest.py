"""A project on an index of one's own, checked by the program; places that an attack may write to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.checked import CheckedProject, checked_project


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path) -> Iterator[CheckedProject]:
    with checked_project(tmp_path) as project:
        yield project


@pytest.fixture(name="canary")
def canary_fixture(tmp_path: Path) -> Path:
    """A file that is not there, in a folder that everybody may write to."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    return folder / "canary"
