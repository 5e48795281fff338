"""Imports of a project tried one by one: each of its modules, and each name of others that it uses.

Told in the same lines as tests (`foretaste_watch`): `import a.b` is a module of the project's,
`use c.d` a name of another package. All are tried in one process, since that is fast; where it ends
or stands still, the next one goes on behind, and what fails in company is tried once more alone.
Written for Python 2.7 and 3.6 or later alike.
"""

from __future__ import print_function, unicode_literals

import json
import os
import select
import signal
import subprocess
import sys
import traceback
import types
import warnings

import foretaste_modules
import foretaste_uses

MYPY = False
if MYPY:
    from typing import Any  # noqa: F401 -- named in comments

IMPORT, USE = "import ", "use "
# Seconds for one import: large packages take some, cold and on a busy machine.
_PATIENCE = 30.0
_LAST_WORDS = 2.0
# So many failures are tried alone; where more fail, company is not why.
_MOST_ALONE = 20
_MOST_USES = 20000
_LONGEST = 4000


def _tell(**said):
    # type: (**object) -> None
    """Write one line to where the tests are told."""
    line = json.dumps(said).encode("ascii") + b"\n"
    file = os.open(os.environ["FORETASTE_TESTS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def _told(name, outcome, why=("", "", "")):
    # type: (str, str, tuple[str, str, str]) -> None
    error, message, trace = why
    _tell(test=name, outcome=outcome, type=error, message=message[:_LONGEST], trace=trace)


class _Step(object):
    """One thing to try; `where` is the first place in the project that needs it."""

    def __init__(self, name, use=None, where=""):
        # type: (str, Any, str) -> None
        self.name = name
        self.use = use
        self.where = where


def plan(folder):
    # type: (str) -> tuple[list[_Step], list[str]]
    """Return what is to be tried in a project's folder, and the folders of its modules."""
    project = foretaste_modules.project_in(folder)
    steps = [_Step(IMPORT + module) for module in project.modules]
    own = project.own
    found = {}  # type: dict[str, _Step]
    for path in project.files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            uses = foretaste_uses.uses_in(foretaste_modules.read(os.path.join(folder, path)), path)
        for use in uses:
            first = use.module.split(".")[0]
            if first in own or foretaste_modules.is_standard(first):
                continue
            where = "%s:%d" % (path, use.line)
            for each in (_whole(use, first), _whole(use, use.module), use):
                found.setdefault(each.dotted, _Step(USE + each.dotted, each, where))
    return steps + [found[name] for name in sorted(found)][:_MOST_USES], project.roots


def _whole(use, module):
    # type: (Any, str) -> Any
    """Return the use of a whole module, that another use begins with."""
    return foretaste_uses.Use(module, (), use.line)


def _wanted(steps):
    # type: (list[_Step]) -> list[_Step]
    """Return the steps that are asked for: all, or those that are named."""
    path = os.environ.get("FORETASTE_ONLY")
    if not path:
        return steps
    with open(path, "rb") as file:
        names = {json.loads(line.decode("utf-8")) for line in file if line.strip()}
    return [step for step in steps if step.name in names]


class _Worker(object):
    """Tries steps in this process, and says how far it is."""

    def __init__(self, steps, report):
        # type: (list[_Step], int) -> None
        self._steps = steps
        self._report = report
        self._missing = set()  # type: set[str]

    def run(self, first, alone):
        # type: (int, int) -> None
        """Try all from `first` on; a failure in company is left to another process."""
        for number in range(first, len(self._steps)):
            step = self._steps[number]
            self._say("start", number)
            failure = self._tried(step)
            told = failure is not None and failure[0]
            if told and step.use is None and number > first and alone:
                self._say("again", number)
                return
            if failure is None:
                _told(step.name, "passed")
            elif told:
                _told(step.name, "failed", failure)
        self._say("end", len(self._steps))

    def _say(self, word, number):
        # type: (str, int) -> None
        os.write(self._report, ("%s %d\n" % (word, number)).encode("ascii"))

    def _tried(self, step):
        # type: (_Step) -> tuple[str, str, str] | None
        """Return why a step fails, None where it does not; an empty one where it cannot matter."""
        module = step.name[len(IMPORT) :] if step.use is None else step.use.module
        known = self._missing & _prefixes(module)
        if known:
            # Why it fails is told of the package that it lies in.
            return "", "", ""
        try:
            if step.use is None:
                __import__(module)
            else:
                _resolve(step.use)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 -- a module may raise anything, SystemExit as well
            if step.use is None or not step.use.names:
                self._missing.add(module)
            return _failure(step)
        return None


def _prefixes(module):
    # type: (str) -> set[str]
    """Return a module's name and those of the packages that it lies in."""
    parts = module.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def _failure(step):
    # type: (_Step) -> tuple[str, str, str]
    """Return the exception that is handled now: its class, words and trace, without our frames."""
    kind, value, frames = sys.exc_info()
    frames = getattr(frames, "tb_next", None)
    here = os.path.dirname(os.path.abspath(__file__))
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(here):
        frames = frames.tb_next
    lines = traceback.format_exception(kind, value, frames)
    if step.where:
        # Where the project does it, as a trace of its own would say.
        path, _, line = step.where.rpartition(":")
        if not lines[0].startswith("Traceback"):
            lines.insert(0, "Traceback (most recent call last):\n")
        lines.insert(1, '  File "%s", line %s, in <module>\n' % (path, line))
    trace = "".join(_as_text(each) for each in lines)
    kind = kind or Exception
    name = getattr(kind, "__qualname__", kind.__name__)
    if kind.__module__ not in ("builtins", "exceptions"):
        name = "%s.%s" % (kind.__module__, name)
    return name, _as_text(value), trace[-32768:]


def _as_text(value):
    # type: (object) -> str
    try:
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else "%s" % (value,)
    except Exception:  # noqa: BLE001 -- an exception's own `__str__` may raise anything
        return "<%s>" % type(value).__name__


_FOLLOWED = (types.ModuleType, type, types.FunctionType)


def _resolve(use):
    # type: (Any) -> None
    """Import a name as the project does, and follow its attributes through modules and classes."""
    __import__(use.module)
    found = sys.modules[use.module]
    for count, name in enumerate(use.names):
        if not isinstance(found, _FOLLOWED):
            # What an instance has, only a run would tell.
            return
        found = _attribute(found, name, bare=use.bare and count == 0)


def _attribute(owner, name, bare):
    # type: (Any, str, bool) -> Any
    try:
        return getattr(owner, name)
    except AttributeError as caught:
        error = caught  # Python 3 forgets the name, Python 2 what is handled
    if not isinstance(owner, types.ModuleType):
        raise error
    inner = "%s.%s" % (owner.__name__, name)
    try:
        __import__(inner)
    except ImportError:
        if inner in sys.modules:
            raise
    if inner in sys.modules:
        return sys.modules[inner]
    if not bare:
        raise error
    place = getattr(owner, "__file__", None) or "unknown location"
    what = "cannot import name '%s' from '%s' (%s)" % (name, owner.__name__, place)
    raise ImportError(what)


class _Watcher(object):
    """Has workers try all steps, and tells what a worker cannot: that it ended or stood still."""

    def __init__(self, steps):
        # type: (list[_Step]) -> None
        self._steps = steps
        self._again = 0

    def run(self):
        # type: () -> None
        """Go on until every step was tried."""
        number = 0
        while number < len(self._steps):
            number = self._one(number)

    def _one(self, first):
        # type: (int) -> int
        """Let one worker try what it can; return where the next one goes on."""
        reading, writing = os.pipe()
        if hasattr(os, "set_inheritable"):
            os.set_inheritable(writing, True)
        alone = int(self._again < _MOST_ALONE)
        command = [sys.executable, os.path.abspath(__file__)]
        command += [str(each) for each in (writing, first, alone)]
        worker = subprocess.Popen(command, close_fds=False)
        os.close(writing)
        word = ""
        try:
            word, number = self._follow(reading, first)
            if word == "hang":
                # It says where it stands, and its end closes the pipe.
                worker.send_signal(signal.SIGABRT)
                select.select([reading], [], [], _LAST_WORDS)
        finally:
            os.close(reading)
            if word in ("hang", "") and worker.poll() is None:
                worker.kill()
            status = worker.wait()
        if word == "again":
            self._again += 1
            return number
        if word == "start":
            kind, what = ("Crash", "the interpreter ended with status %d" % status)
            _told(self._steps[number].name, "failed", (kind, what, ""))
            return number + 1
        if word == "hang":
            what = "it was not imported in %d s" % _PATIENCE
            _told(self._steps[number].name, "failed", ("Hang", what, ""))
            return number + 1
        return len(self._steps)

    def _follow(self, reading, first):
        # type: (int, int) -> tuple[str, int]
        """Return the worker's last word, and the step that it was about."""
        said, word, number = b"", "start", first
        while True:
            if not select.select([reading], [], [], _PATIENCE)[0]:
                return "hang", number
            data = os.read(reading, 4096)
            if not data:
                return word, number
            lines = (said + data).split(b"\n")
            said = lines.pop()
            for line in lines:
                word, _, text = line.decode("ascii", "replace").partition(" ")
                number = int(text)


def main(arguments):
    # type: (list[str]) -> None
    """Try all, or, as a worker, what is left."""
    folder = os.getcwd()
    steps, roots = plan(folder)
    steps = _wanted(steps)
    # Behind what is installed: an installed copy is what users get.
    sys.path += [os.path.join(folder, root) for root in roots or [""]]
    if arguments:
        report, first, alone = map(int, arguments)
        _Worker(steps, report).run(first, alone)
        # Threads that a module started must not keep us.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    elif steps:
        _tell(begin="imports")
        _Watcher(steps).run()
        _tell(end=True)


if __name__ == "__main__":
    main(sys.argv[1:])
