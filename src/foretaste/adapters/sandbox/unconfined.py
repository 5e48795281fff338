"""No sandbox at all: for a project that is trusted, on a machine that has none, and said aloud.

The folders are real ones in a temporary folder, and the paths that a job is told are turned into
them. A job is ended with its process group and whatever of its descendants still names it as an
ancestor; a process that wants to stay behind can. That is the difference that a sandbox makes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from foretaste.adapters.sandbox.confined import Confined, Handles
from foretaste.adapters.sandbox.limits import Share
from foretaste.adapters.sandbox.members import of_group
from foretaste.ports.clock import Clock
from foretaste.ports.environments import ENVIRONMENT_FOLDER, JOB_FOLDER, Confinement
from foretaste.ports.errors import TransientError, UserError

_BASIC = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "USER": "job"}


class _NoShare:
    """No limits but time and the log's size."""

    spare = 0

    def join(self) -> None:
        """There is nothing to join."""

    def admit(self, process: int, confinement: Confinement) -> None:
        """There is nothing to admit to."""

    def exceeded(self) -> str:
        """Nothing is exceeded."""
        return ""

    def leave(self) -> None:
        """There is nothing to leave."""


class _Group(Confined):
    """A process group; killed as one, its folder removed at the end."""

    def __init__(
        self, handles: Handles, clock: Clock, output: Callable[[bytes], bool], folder: Path
    ) -> None:
        share: Share = _NoShare()
        super().__init__(handles, share, clock, output)
        self._group = handles.outer.pid
        self._folder = folder

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._group, signal.SIGKILL)

    def _members(self) -> Iterable[int]:
        return of_group(self._group)

    def close(self) -> None:
        """Give up the results; idempotent, after `wait`."""
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)


class Unconfined:
    """Fulfils `foretaste.ports.environments.Sandbox` without keeping anything out."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        # Processes are told when the thread that started them ends; this one stays.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="unconfined")

    def level(self) -> int:
        """Return 0: nothing is kept out."""
        return 0

    def why(self) -> str:
        """Return that there is none."""
        return "there is no sandbox here"

    def start(
        self, command: Sequence[str], confinement: Confinement, output: Callable[[bytes], bool]
    ) -> Confined:
        """Start `command` with both its streams going to `output` as they come.

        Raises:
            UserError: the folders to start from do not fit.
            TransientError: no process can be started now.
        """
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=self._folder, prefix="job-"))
        try:
            _fill(made, confinement)
            return self._thread.submit(self._start, command, confinement, made, output).result()
        except OSError as error:
            shutil.rmtree(made, ignore_errors=True)
            if isinstance(error, shutil.Error):
                raise UserError("FT615", f"the job's files cannot be copied: {error}") from error
            raise TransientError("FT613", f"a job could not be started: {error}") from error

    def close(self) -> None:
        """End the thread; no job may be running."""
        self._thread.shutdown()

    def _start(
        self,
        command: Sequence[str],
        confinement: Confinement,
        made: Path,
        output: Callable[[bytes], bool],
    ) -> Confined:
        told = _Told(made, confinement)
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(
                [told.outside(word) for word in command],
                cwd=told.outside(confinement.cwd),
                env=told.variables(),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        handles = Handles(
            outer=process,
            init=os.pidfd_open(process.pid),
            output=reading,
            results=os.open(made / "job", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC),
        )
        running = _Group(handles, self._clock, output, made)
        running.follow(confinement, lambda: None)
        return running


def _fill(made: Path, confinement: Confinement) -> None:
    """Make the job's folders, and an environment that names its place here."""
    for name in ("home", "tmp"):
        (made / "job" / name).mkdir(parents=True)
    for name, seed in confinement.folders.items():
        if seed is None:
            (made / "job" / name).mkdir()
        else:
            shutil.copytree(seed, made / "job" / name, symlinks=True)
    for inside, path in confinement.readable.items():
        if inside == ENVIRONMENT_FOLDER:
            _stand_in(made / "env", path)
        elif inside != str(path):
            link = made / inside.lstrip("/")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)


def _stand_in(made: Path, environment: Path) -> None:
    """Make an environment that is `environment`, but for scripts, which name their place."""
    (made / "bin").mkdir(parents=True)
    (made / "lib").symlink_to(environment / "lib")
    shutil.copyfile(environment / "pyvenv.cfg", made / "pyvenv.cfg")
    inside, here = f"{ENVIRONMENT_FOLDER}/bin/".encode(), f"{made}/bin/".encode()
    for script in (environment / "bin").iterdir():
        target = made / "bin" / script.name
        if script.is_symlink():
            target.symlink_to(script.readlink())
        else:
            target.write_bytes(script.read_bytes().replace(inside, here, 1))
            target.chmod(0o755)


def _elsewhere(confinement: Confinement) -> list[str]:
    """Return the paths inside that are not the ones outside."""
    return [inside for inside, path in confinement.readable.items() if inside != str(path)]


class _Told:
    """What a job is told, with each path inside turned into the one outside."""

    def __init__(self, made: Path, confinement: Confinement) -> None:
        self._env = confinement.env
        tops = [f"/{inside.split('/')[1]}" for inside in _elsewhere(confinement)]
        self._places: Mapping[str, str] = {
            top: f"{made}{top}" for top in (*tops, JOB_FOLDER, ENVIRONMENT_FOLDER)
        }
        prefixes = sorted(map(re.escape, self._places), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![^:=])({'|'.join(prefixes)})(?=/|:|$)")
        self._made = made

    def outside(self, text: str) -> str:
        """Return a word or a list of paths as it is outside."""
        return self._pattern.sub(lambda found: self._places[found.group(1)], text)

    def variables(self) -> dict[str, str]:
        """Return the job's environment."""
        own = {"HOME": f"{self._made}/job/home", "TMPDIR": f"{self._made}/job/tmp"}
        return {**_BASIC, **own, **{name: self.outside(text) for name, text in self._env.items()}}
