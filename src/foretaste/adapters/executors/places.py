"""Places: where builds' logs and artefacts lie, for the executor and for whoever shows them."""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from foretaste.adapters.executors.logs import read_log

_ATTEMPT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def is_attempt(text: str) -> bool:
    """Whether a name can be an attempt's: it becomes a file's."""
    return _ATTEMPT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Places:
    """The gate's folder; logs and artefacts lie below it."""

    folder: Path

    def log(self, attempt: str) -> Path:
        """Return where an attempt's log is."""
        return self.folder / "logs" / f"{attempt}.log"

    def artefacts(self, attempt: str) -> Path:
        """Return the folder of an attempt's artefacts."""
        return self.folder / "artefacts" / attempt

    def label(self, attempt: str) -> Path:
        """Return the file that holds the name of an attempt's job."""
        return self.folder / "artefacts" / f".{attempt}.job"

    def read_log(self, attempt: str, offset: int, size: int) -> tuple[bytes, int]:
        """Return at most `size` bytes of a log from `offset`, and how many there are in all."""
        if not is_attempt(attempt) or offset < 0 or size < 0:
            return b"", 0
        return read_log(self.log(attempt), offset, size)

    def read_artefact(self, attempt: str, path: str) -> bytes | None:
        """Return an artefact's bytes, None where there is none of that path."""
        parts = PurePosixPath(path).parts
        if not is_attempt(attempt) or not parts or {"..", "/"} & set(parts):
            return None
        file = self.artefacts(attempt).joinpath(*parts)
        return file.read_bytes() if file.is_file() and not file.is_symlink() else None

    def sweep(self, before: float) -> None:
        """Remove what builds left that ended before then, in seconds since the epoch.

        For who keeps no record of builds, as a check does; a gate's logs are its history.
        """
        left = [*(self.folder / "logs").glob("*"), *(self.folder / "artefacts").glob("*")]
        for path in left:
            with contextlib.suppress(OSError):
                _remove(path, before)


def _remove(path: Path, before: float) -> None:
    if path.lstat().st_mtime >= before:
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
