"""The hook by which a process that is about to be pytest takes our plugin along.

Only the process that imports pytest has the plugin in its PYTEST_ADDOPTS, and only until pytest
has read that: a variable of the whole job would reach processes that do not find the plugin (tox
hands PYTEST_ADDOPTS on, and no PYTHONPATH). Written for Python 2.7 and 3.6 or later alike.
"""

import os
import sys

_OPTIONS = "PYTEST_ADDOPTS"
_PLUGIN = "-p foretaste_watch"
_TESTS = "FORETASTE_TESTS"

# What the variable was, while it is another.
_offered = []  # type: list[str | None]


class _Finder(object):
    """Finds nothing, and sees pytest being imported."""

    def find_spec(self, name, *_):
        # type: (str, object) -> None
        """Answer Python 3."""
        self._see(name)

    def find_module(self, name, *_):
        # type: (str, object) -> None
        """Answer Python 2."""
        self._see(name)

    def _see(self, name):
        # type: (str) -> None
        if name in ("pytest", "_pytest"):
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            offer()


def wait():
    # type: () -> None
    """Wait for pytest, in a process whose tests are to be told."""
    if os.environ.get(_TESTS):
        sys.meta_path.insert(0, _Finder())


def offer():
    # type: () -> None
    """Let the next pytest in this process have the plugin, beside what the job itself says."""
    if not _offered:
        said = os.environ.get(_OPTIONS)
        _offered.append(said)
        os.environ[_OPTIONS] = "%s %s" % (said, _PLUGIN) if said else _PLUGIN


def forget():
    # type: () -> None
    """Leave the variable as the job has it, in a worker that was started while we offered."""
    said = os.environ.get(_OPTIONS, "")
    if said.endswith(_PLUGIN):
        os.environ[_OPTIONS] = said[: -len(_PLUGIN)].rstrip()
        if not os.environ[_OPTIONS]:
            del os.environ[_OPTIONS]


def withdraw():
    # type: () -> None
    """Leave the variable as the job has it; pytest has read it."""
    if _offered:
        said = _offered.pop()
        if said is None:
            os.environ.pop(_OPTIONS, None)
        else:
            os.environ[_OPTIONS] = said
