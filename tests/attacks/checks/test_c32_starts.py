"""C32: a release that brings code which runs whenever Python starts: confined, and named.

Nothing of it may run while the release is fetched, unpacked, byte-compiled, read or reported; in
the trial it runs, and the dossier says which files do it.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.checked import BEFORE, CheckedProject

TEST = """
import os
with open(os.environ.get("FORETASTE_C32", "/dev/null"), "a"):
    pass
reached = sorted(key for key in os.environ if key.startswith("REACHED_"))
assert not reached, f"reached: {reached}"
"""


def test_it_runs_in_trials_only_and_is_named(project: CheckedProject, canary: Path) -> None:
    code = f"try:\n    open({str(canary)!r}, 'w').close()\nexcept OSError:\n    pass"
    attack = f"import os; os.environ['REACHED_WHERE'] = '1'; exec({code!r})\n"
    files = {
        "evil.pth": attack.replace("WHERE", "PTH"),
        "sitecustomize.py": attack.replace("WHERE", "SITE"),
        "evil.py": "value = 2\n",
    }
    project.release("evil", "1.0", BEFORE, {"evil.py": "value = 1\n"})
    project.release("evil", "2.0", "2026-01-20", files)
    project.write(["evil"], ["evil==1.0"], TEST)

    checked = project.check()

    assert checked.status == 1, checked.errors
    assert "REACHED_PTH" in checked.failures
    assert "REACHED_SITE" in checked.failures
    assert not canary.exists()
    told = json.dumps(checked.said["notices"])
    assert "evil.pth" in told
    assert "sitecustomize.py" in told


def test_it_is_named_where_the_tests_pass_as_well(project: CheckedProject) -> None:
    project.release("evil", "1.0", BEFORE, {"evil.py": "value = 1\n"})
    project.release(
        "evil",
        "2.0",
        "2026-01-20",
        {"evil.py": "value = 2\n", "evil.pth": "import os; os.environ['REACHED'] = '1'\n"},
    )
    test = "import os, evil\nassert ('REACHED' in os.environ) == (evil.value == 2)\n"
    project.write(["evil"], ["evil==1.0"], test)

    checked = project.check()

    assert checked.status == 0, checked.errors
    assert checked.said["accepted"] == {"evil": "2.0"}
    assert "evil.pth" in json.dumps(checked.said["notices"])
