"""A person's work tree: which files are the project's, and when it was last committed.

Git is asked in a folder that is not ours, so it is asked only what runs nothing of the folder's
own configuration: no hook, monitor, pager, filter or signature program can start (attack B20).
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foretaste.adapters.git.command import Git

# The largest project of our cases is listed in 0.2 s; nobody waits for a minute.
SECONDS: Final = 60.0
# On top of the settings of every run of git.
_CAREFUL: Final = {"core.untrackedCache": "false", "core.pager": "cat"}
# A folder may say that objects are missing and where to fetch them, by a command even; older gits
# than 2.45 do not know how to be told not to. This goes before whatever its configuration allows.
NO_TRANSPORT: Final = {"GIT_ALLOW_PROTOCOL": "none"}


@dataclass(frozen=True, slots=True)
class WorkTrees:
    """Asks git about folders of people's own; each answer is None where git knows nothing."""

    git: Git

    def listed(self, folder: Path) -> list[str] | None:
        """Return the files that are tracked, or not and not ignored, relative to the folder.

        A path that ends in "/" is a repository within this one. What was deleted and not
        committed is in the list. None too where git counts no file in the folder as its own.
        """
        said = self._ask(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        paths = [] if said is None else sorted({os.fsdecode(p) for p in said.split(b"\0") if p})
        return paths or None

    def committed_at(self, folder: Path) -> float | None:
        """Return when the last commit was made, in seconds since the epoch."""
        said = self._ask(folder, "cat-file", "commit", "HEAD")
        head = b"" if said is None else said.partition(b"\n\n")[0]
        for line in head.split(b"\n"):
            if line.startswith(b"committer "):
                when = line.split()[-2]
                return float(when) if when.isdigit() else None
        return None

    def _ask(self, folder: Path, *arguments: str) -> bytes | None:
        try:
            ended = subprocess.run(
                self.git.command(None, arguments, _CAREFUL),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                cwd=folder,
                env=self.git.environment(NO_TRANSPORT),
                timeout=SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ended.stdout if ended.returncode == 0 else None
