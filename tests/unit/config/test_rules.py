"""What the gate says of a project's jobs has a name, so that other rules are known as such."""

from __future__ import annotations

import pytest

from foretaste.config.gate import load_gate

HELD = """
[project.app]
gate = ["audit"]
[project.app.job.audit]
run = "audit"
install = []
[project.lib]
[template.own]
run = "own"
"""


@pytest.mark.parametrize(
    ("old", "new", "renewed"),
    [
        ("", "[policy]\nwindow = 7\n", ()),
        ('run = "audit"', 'run = "true"', ("app",)),
        ("[project.lib]", "[project.lib]\ntrusted = true", ("lib",)),
        ('run = "own"', 'run = "other"', ("app", "gate", "lib")),
        ("[project.lib]", "[project.lib]\nallow_cycles = true", ()),
    ],
)
def test_the_core_is_told_of_which_projects_the_gate_says_something_else(
    old: str, new: str, renewed: tuple[str, ...]
) -> None:
    text = HELD.replace(old, new) if old else HELD + new
    before, after = (
        {each.name: settings.rules(each.name) for each in settings.projects}
        for settings in (load_gate(HELD.encode()), load_gate(text.encode()))
    )

    assert tuple(name for name in after if before[name] != after[name]) == renewed
