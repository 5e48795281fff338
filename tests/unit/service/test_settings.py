"""The gate's settings are what has landed in its own project, and nothing else."""

from __future__ import annotations

import pytest

from foretaste.config.load import OWN_FILE
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import PermanentError, UserError
from foretaste.service.settings import FIRST, OWN, LiveSettings


class Branch:
    """The gate's own branch: a file that a test may change."""

    def __init__(self, text: str | None = FIRST) -> None:
        self.text = text

    def read(self, project: str, commit: Oid, path: str) -> bytes | None:
        """Return the file of the tip."""
        assert (project, commit, path) == (OWN.project, "tip", OWN_FILE)
        return None if self.text is None else self.text.encode()

    def tip(self, ref: Ref) -> Oid | None:
        """Return the tip."""
        assert ref == OWN
        return None if self.text == "" else Oid("tip")

    def settings(self, workers: int = 2) -> LiveSettings:
        """Return settings that read from here."""
        return LiveSettings(read=self.read, tip=self.tip, workers=workers)


def test_the_first_settings_can_be_read_and_guard_the_gate_itself() -> None:
    settings = Branch().settings()

    settings.reload()

    names = [project.name for project in settings.configured().projects]
    assert names == [ProjectName("gate")]


def test_workers_are_those_of_the_machine_unless_the_settings_say_them() -> None:
    branch = Branch()
    settings = branch.settings(workers=2)
    settings.reload()
    assert settings.configured().policy.workers == 2

    branch.text = "[policy]\nworkers = 7\n"
    settings.reload()

    assert settings.configured().policy.workers == 7


@pytest.mark.parametrize("text", ["", None])
def test_a_gate_without_its_own_file_is_told_what_to_do(text: str | None) -> None:
    with pytest.raises(PermanentError) as caught:
        Branch(text).settings().reload()

    assert caught.value.code == "FT501"
    assert OWN_FILE in caught.value.hint


def test_settings_that_cannot_be_used_leave_the_old_ones_in_force() -> None:
    branch = Branch("[policy]\nwindow = 5\n")
    settings = branch.settings()
    before = settings.reload()
    branch.text = "[policy]\nwindow = -1\n"

    with pytest.raises(UserError):
        settings.reload()

    assert settings.now() is before
