"""Running git safely: argument lists, a clean environment, no configuration but ours.

Git runs only in bare repositories that the gate made itself, never in a folder that a job or a
push could have written a configuration into (attacks B20, B21); no hook, monitor, filter, driver
or transport of anyone else's can start from here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from foretaste.ports.errors import PermanentError, PortError, TransientError

EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
# Long enough for a checkout of a large project on a slow disk; nothing else comes near.
TIMEOUT: Final = 300.0

SETTINGS: Final[Mapping[str, str]] = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    # Loose objects and refs too: an object lost with the power would be taken for there later.
    "core.fsync": "committed",
    # Before git 2.43 a bare repository's trees gave no attributes; so it stays.
    "attr.tree": EMPTY_TREE,
    "safe.bareRepository": "explicit",
    "protocol.allow": "never",
    "http.followRedirects": "false",
    "transfer.fsckObjects": "true",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
# Words by which git, in the language C, says that it may work later.
PASSING: Final = ("No space left", "Disk quota", ".lock'", "temporarily unavailable", "allocate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run of git left."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """The output as text, without the line end."""
        return self.out.decode("utf-8", "surrogateescape").rstrip("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One run of git: its arguments, input, and what is added to its environment.

    `statuses` are the exit statuses that are answers and no failures.
    """

    arguments: Sequence[str]
    stdin: bytes = b""
    extra: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (0,)


class Git:
    """The git program of this machine.

    Raises:
        PermanentError: there is no git on PATH.
    """

    def __init__(self) -> None:
        found = shutil.which("git")
        if found is None:
            raise PermanentError("FT301", "git is not on PATH", hint="install git 2.38 or newer")
        self.path = found

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return all that git may know of the world; nothing of the caller's but PATH."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "TZ": "UTC",
            "HOME": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "false",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            **(extra or {}),
        }

    def command(
        self,
        repository: Path | None,
        arguments: Sequence[str],
        settings: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Return the argument list that runs git there, with our settings and those given."""
        command = [self.path]
        for key, value in {**SETTINGS, **(settings or {})}.items():
            command += ["-c", f"{key}={value}"]
        if repository is not None:
            command.append(f"--git-dir={repository}")
        return [*command, *arguments]

    def ask(self, repository: Path, call: Call) -> Outcome:
        """Run git to its end and return what it left; the working folder is the repository.

        Raises:
            TransientError: the disk is full, a lock stands in the way, it took too long.
            PermanentError: git failed otherwise.
        """
        try:
            ended = subprocess.run(
                self.command(repository, call.arguments),
                input=call.stdin,
                capture_output=True,
                check=False,
                cwd=repository,
                env=self.environment(call.extra),
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            what = f"git {call.arguments[0]} took longer than {TIMEOUT:.0f} s"
            raise TransientError("FT302", what, where=str(repository)) from None
        except OSError as error:
            raise failure(f"git could not be started: {error}", repository) from error
        err = ended.stderr.decode("utf-8", "replace").strip()
        if ended.returncode not in call.statuses:
            raise failure(f"git {call.arguments[0]}: {err or ended.returncode}", repository)
        return Outcome(status=ended.returncode, out=ended.stdout, err=err)

    def run(self, repository: Path, *arguments: str) -> str:
        """Run git with these arguments and return its output as text; errors as for `ask`."""
        return self.ask(repository, Call(arguments=arguments)).text


def failure(what: str, repository: Path) -> PortError:
    """Return the error for what git said: transient where it may pass by waiting."""
    if any(word in what for word in PASSING):
        return TransientError("FT302", what, where=str(repository), hint="it is tried again")
    return PermanentError("FT301", what, where=str(repository))
