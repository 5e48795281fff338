"""The maintainer of a demo: makes commits of releases, and pushes and approves as anybody would.

Everything goes through the gate's front door: `git push` over HTTP, and the API.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx2

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError

NUMBER: Final = re.compile(r"change (\d+) ")
PATIENCE: Final = 120.0
"""Seconds that one push or request may take."""


@dataclass(slots=True, kw_only=True)
class Maintainer:
    """Works in repositories of their own below `shelf`, against the gate at `url`."""

    url: str
    token: str
    shelf: Shelf
    commits: dict[tuple[str, str], Oid] = field(default_factory=dict)

    def commit(
        self, release: tuple[str, str], parent: Oid | None, text: str, fill: Callable[[Path], None]
    ) -> Oid:
        """Make the commit of one release, dated by its place in its history."""
        project, version = release
        self.shelf.create(project)
        with tempfile.TemporaryDirectory(dir=self.shelf.folder) as folder:
            fill(Path(folder))
            key = hashlib.sha256(f"{project} {version}".encode()).hexdigest()[:40]
            message = f"Release {project} {version}\n\n{text}Change-Id: I{key}\n"
            parents = () if parent is None else (parent,)
            dated = (1_600_000_000 + 86_400 * len(self.commits), message)
            made = Commits(self.shelf).commit_tree_from_folder(
                project, Path(folder), parents, dated
            )
        self.commits[release] = made
        return made

    def fetch(self, project: str, branch: str) -> Oid:
        """Fetch a branch and return the commit that it points at.

        Raises:
            PermanentError: it cannot be fetched.
        """
        self.shelf.create(project)
        self._git(project, "fetch", "--", self._place(project), f"+{branch}:refs/fetched/{branch}")
        return Oid(self._git(project, "rev-parse", f"refs/fetched/{branch}").stdout.strip())

    def push(self, project: str, what: str, *options: str) -> str:
        """Push, and return what the gate said.

        Raises:
            PermanentError: the push was refused.
        """
        given = [part for option in options for part in ("-o", option)]
        return self._git(project, "push", *given, "--", self._place(project), what).stderr

    def _place(self, project: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, f"/git/{project}", "", ""))

    def _git(self, project: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        found = subprocess.run(
            [self.shelf.git.path, *arguments],
            cwd=self.shelf.path(project),
            env=_environment(self.token),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if found.returncode:
            what = f"git {arguments[0]} of {project} did not go through: {found.stderr.strip()}"
            raise PermanentError("FT506", what)
        return found

    def propose(self, project: str, commit: Oid, *options: str) -> tuple[str, ...]:
        """Push a commit to refs/for/main and return the numbers of its changes, lowest first."""
        said = self.push(project, f"{commit}:refs/for/main", *options)
        return tuple(NUMBER.findall(said))

    def approve(self, changes: Sequence[str]) -> None:
        """Approve changes, one after the other.

        Raises:
            PermanentError: the gate refused.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx2.Client(base_url=self.url, headers=headers, timeout=PATIENCE) as client:
            for change in changes:
                answer = client.post(f"/api/v1/changes/{change}/approve", json={})
                if answer.status_code >= httpx2.codes.BAD_REQUEST:
                    raise PermanentError("FT506", f"change {change}: {answer.text}")


def _environment(token: str) -> dict[str, str]:
    """Return git's environment: none of the caller's settings, and no token on a command line."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Bearer {token}",
    }
