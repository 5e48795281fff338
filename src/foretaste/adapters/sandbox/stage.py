"""The stage: paths that a plain user id can reach, whatever folder they lie below.

Started by root, a job must not run as root on the outside, not even without capabilities: it
could write `/proc/sys/kernel/core_pattern`. So bubblewrap starts under a plain user id, which
in turn cannot look into `/root` or a temporary folder of mode 0700. The thread that starts
bubblewrap therefore has a mount namespace of its own, where such folders are bound at a place
that everybody can reach. Nobody else sees it, and it goes away with the thread.
"""

from __future__ import annotations

import ctypes
import os
import stat
import tempfile
from pathlib import Path

from foretaste.ports.errors import PermanentError

# linux/sched.h and linux/mount.h.
_CLONE_FS = 0x00000200
_CLONE_NEWNS = 0x00020000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000
_MS_NOSUID_NODEV = 0x2 | 0x4

_EMPTY_PLACES = ("/mnt", "/media", "/srv")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, flags: int, *, kind: str = "", options: str = "") -> None:
    _checked(
        _libc().mount(
            source.encode(), target.encode(), kind.encode(), flags, options.encode() or None
        ),
        f"mount on {target}",
    )


def _empty_place() -> str:
    """Return a folder that hides nothing when something is mounted on it."""
    for place in _EMPTY_PLACES:
        path = Path(place)
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            return place
    place = tempfile.mkdtemp(prefix="foretaste-stage-")
    Path(place).chmod(0o755)
    return place


def _others_may(path: Path, bits: int) -> bool:
    return path.stat().st_mode & bits == bits


def reachable_from(path: Path) -> Path:
    """Return the topmost folder from which everybody can go down to `path` and read it.

    Raises:
        PermanentError: others may not read `path` itself.
    """
    need = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
    if not _others_may(path, need):
        raise PermanentError(
            "FT612",
            "a folder for a job cannot be read by the sandbox's user",
            where=str(path),
            hint="give it the mode 0755",
        )
    top = path
    while top != top.parent and _others_may(top.parent, stat.S_IXOTH):
        top = top.parent
    return top


class Stage:
    """Binds folders where a plain user id reaches them; used from one thread only."""

    def __init__(self) -> None:
        self._place = ""
        self._bound: dict[Path, str] = {}

    def enter(self) -> None:
        """Give the calling thread its own mount namespace and make the stage in it.

        Raises:
            OSError: this root may not mount (a container without CAP_SYS_ADMIN).
        """
        place = _empty_place()
        _checked(_libc().unshare(_CLONE_FS | _CLONE_NEWNS), "unshare")
        _mount("none", "/", _MS_REC | _MS_PRIVATE)
        _mount("tmpfs", place, _MS_NOSUID_NODEV, kind="tmpfs", options="size=1m,mode=755")
        self._place = place

    def outside(self, path: Path) -> str:
        """Return where bubblewrap finds `path`, binding what is closed to others.

        Raises:
            PermanentError: it can be neither read by others nor bound.
        """
        top = reachable_from(path)
        if top == Path(top.anchor):
            return str(path)
        if top not in self._bound:
            self._bound[top] = self._bind(top)
        relative = path.relative_to(top)
        return os.path.normpath(os.path.join(self._bound[top], relative))  # noqa: PTH118

    def _bind(self, top: Path) -> str:
        if not self._place:
            raise PermanentError(
                "FT612",
                "a folder for a job lies below one that is closed to the sandbox's user",
                where=str(top),
                hint="keep the gate's folder below one of mode 0755, or run as a plain user",
            )
        target = os.path.join(self._place, str(len(self._bound)))  # noqa: PTH118
        if top.is_dir():
            Path(target).mkdir(mode=0o755)
        else:
            Path(target).touch(mode=0o644)
        _mount(str(top), target, _MS_BIND)
        return target
