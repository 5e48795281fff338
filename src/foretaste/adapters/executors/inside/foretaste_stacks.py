"""Stacks of a process that runs long, written to a file of its own for the build's log.

The file's name begins as `FORETASTE_STACKS` says. It is not standard error: a copy of that would
keep a pipe open which somebody waits to see closed. `faulthandler` counts the
time in a thread that Python does not know of, so nothing that is tested changes. Where there is no
`faulthandler` (Python 2.7), nothing is done. Written for Python 2.7 and 3.6 or later alike.
"""

import os

try:
    import faulthandler
except ImportError:
    faulthandler = None  # type: ignore[assignment]

_AFTER = "FORETASTE_STACKS_AFTER"
_FILES = "FORETASTE_STACKS"
# Above what programs get for files of their own, below the sandbox's limit of open files.
_HIGH = 1000

_state = {}  # type: dict[str, float]


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
    """Begin to count for this process; nothing where the build does not ask for it."""
    if faulthandler is None or not os.environ.get(_FILES):
        return
    try:
        _state["file"] = _file()
        _state["after"] = float(os.environ.get(_AFTER) or 0)
    except (EnvironmentError, ImportError, RuntimeError, ValueError):
        # Out of files, or the folder is gone: the build goes on without.
        return
    take_back()
    count_again()


def take_back():
    # type: () -> None
    """Have our file told of a process that aborts, as one does that is told to when it hangs.

    Pytest has put a file of its own in the place.
    """
    if faulthandler is not None and "file" in _state:
        try:
            faulthandler.enable(file=int(_state["file"]))
        except (RuntimeError, ValueError):
            del _state["file"]


def count_again():
    # type: () -> None
    """Count from now on; pytest stops the clock whenever a test fails."""
    if faulthandler is not None and "file" in _state and _state["after"] > 0:
        try:
            faulthandler.dump_traceback_later(
                _state["after"], repeat=True, file=int(_state["file"])
            )
        except (RuntimeError, ValueError):
            _state["after"] = 0
