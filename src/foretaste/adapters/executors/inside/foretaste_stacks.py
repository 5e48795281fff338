"""Stacks of a process, written to a file of its own for the build's log when somebody asks.

Whoever watches the build from outside asks by a signal, and only while the process stands still;
`faulthandler` answers. Nothing of that runs in the process until then: a thread that counts the
time would be in the way of `fork`, and stacks of threads that run can crash an interpreter. The
file's name begins as `FORETASTE_STACKS` says. It is not standard error: a copy of that would keep a
pipe open which somebody waits to see closed. Where there is no `faulthandler` (Python 2.7), nothing
is done. Written for Python 2.7 and 3.6 or later alike.
"""

import os

try:
    import faulthandler
except ImportError:
    faulthandler = None  # type: ignore[assignment]

_FILES = "FORETASTE_STACKS"
_SIGNAL = "FORETASTE_STACKS_SIGNAL"
# Above what programs get for files of their own, below the sandbox's limit of open files.
_HIGH = 1000

_state = {}  # type: dict[str, int]


def _file():
    # type: () -> int
    """Open this process's file; one number above all others, so that theirs stay as they were."""
    import fcntl

    name = "%s%d" % (os.environ[_FILES], os.getpid())
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    opened = os.open(name, flags, 0o600)
    try:
        return fcntl.fcntl(opened, getattr(fcntl, "F_DUPFD_CLOEXEC", 1030), _HIGH)
    finally:
        os.close(opened)


def arm():
    # type: () -> None
    """Be ready to tell where this process stands, in a build that asks for it."""
    if faulthandler is None or not os.environ.get(_FILES):
        return
    try:
        _state["file"] = _file()
        asked = int(os.environ.get(_SIGNAL) or 0)
        if asked:
            faulthandler.register(asked, file=_state["file"], all_threads=True)
    except (EnvironmentError, ImportError, RuntimeError, ValueError):
        # Out of files, or the folder is gone: the build goes on without.
        return
    take_back()


def take_back():
    # type: () -> None
    """Have our file told of a process that aborts, as one does that is told to when it hangs.

    Pytest has put a file of its own in the place.
    """
    if faulthandler is not None and "file" in _state:
        try:
            faulthandler.enable(file=_state["file"])
        except (RuntimeError, ValueError):
            del _state["file"]
