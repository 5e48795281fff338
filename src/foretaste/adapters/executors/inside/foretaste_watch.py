"""Pytest's tests told one by one, as they end. PYTEST_DONT_REWRITE: there is no `assert` here.

Each line that is written to the file `FORETASTE_TESTS` is a JSON object, whole before the next
begins, so that a run which hangs or is killed leaves what was known: `begin` with the plugins that
were loaded, `start` and `test` for each test, `end`. Only the outermost pytest writes: neither
workers of xdist nor runs that are tests themselves. Where `FORETASTE_ONLY` names a file of names,
only those tests run. Written for Python 2.7 and 3.6 or later, pytest 3 to 9 alike.
"""

from __future__ import unicode_literals

import json
import os
from traceback import format_exception

import foretaste_hook
import foretaste_stacks
import pytest

MYPY = False
if MYPY:
    from typing import Any, Generator  # noqa: F401 -- named in comments

_FILE = "FORETASTE_TESTS"
_ONLY = "FORETASTE_ONLY"
_TYPE, _MESSAGE = "foretaste_type", "foretaste_message"
_LONGEST_MESSAGE = 4000
_LONGEST_TRACE = 32768
# Of a long trace, the beginning (which test) and the end (which error) say most.
_BEGINNING = 8192
_RANK = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}


def _text(value):
    # type: (object) -> str
    """Return text whatever `value` is, and whatever its own words for itself do."""
    try:
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return "%s" % (value,)
    except Exception:  # noqa: BLE001 -- an exception's own `__str__` may raise anything
        return "<%s>" % type(value).__name__


def _shortened(text):
    # type: (str) -> str
    if len(text) <= _LONGEST_TRACE:
        return text
    end = _LONGEST_TRACE - _BEGINNING
    return text[:_BEGINNING] + "\n[...]\n" + text[-end:]


def _name_of(kind):
    # type: (type) -> str
    name = getattr(kind, "__qualname__", kind.__name__)
    module = kind.__module__
    return name if module in ("builtins", "exceptions") else "%s.%s" % (module, name)


def _note_exception(report, call):
    # type: (object, object) -> None
    """Put the exception's class and words into the report, which goes from worker to controller.

    Of a report that is no failure too, but for tests that skip or are expected to fail: somebody
    may have made a pass of it.
    """
    excinfo = getattr(call, "excinfo", None)
    if excinfo is None or getattr(report, "outcome", "") == "skipped":
        return
    value = excinfo.value
    try:
        kind, message = _told_of(value)
        setattr(report, _TYPE, kind)
        setattr(report, _MESSAGE, message[:_LONGEST_MESSAGE])
    except Exception:  # noqa: BLE001, S110 -- classes may be anything; pytest's own words remain
        pass


def _told_of(error):
    # type: (BaseException) -> tuple[str, str]
    """Return an exception's class and words; of pytest's own for an import, what stands behind."""
    kind = type(error)
    cause = getattr(error, "__cause__", None)
    if kind.__name__ == "ConftestImportFailure":
        cause = getattr(error, "cause", None) or getattr(error, "excinfo", (None, None))[1]
    elif kind.__name__ != "CollectError":
        return _name_of(kind), _text(error)
    if cause is not None:
        return _name_of(type(cause)), _text(cause)
    # Older ones have it in their text only, as the last line that pytest marks.
    text = _text(error)
    marked = [line[1:].strip() for line in text.splitlines() if line.startswith("E  ")]
    if not marked:
        return _name_of(kind), text
    name, _, message = marked[-1].partition(": ")
    return name, message


class _Writer(object):
    """Writes one file; `outermost` is the process and session that it belongs to."""

    def __init__(self, path):
        # type: (str) -> None
        self._path = path
        # Kept, for a test may put something else in their places (pyfakefs does).
        self._calls = (os.open, os.write, os.close)
        self._flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND

    def tell(self, **said):
        # type: (**object) -> None
        """Write one line; what cannot be written is not told."""
        opened, write, close = self._calls
        try:
            line = json.dumps(said).encode("ascii") + b"\n"
            file = opened(self._path, self._flags, 0o600)
            try:
                write(file, line)
            finally:
                close(file)
        except Exception:  # noqa: BLE001, S110 -- the tests go on, whatever became of the file
            pass


class _Merged(object):
    """One test's set-up, call and teardown, as one."""

    def __init__(self):
        # type: () -> None
        self.outcome = "passed"
        self.type = self.message = self.trace = ""
        self.seconds = 0.0

    def add(self, report):
        # type: (object) -> None
        """Count a phase; the worst one says how the test went, and why."""
        self.seconds += getattr(report, "duration", 0.0) or 0.0
        outcome = getattr(report, "outcome", "")
        if outcome == "passed" and getattr(report, _TYPE, ""):
            # It raised, and a plugin says that it passed (attack A11).
            outcome = "failed"
        if outcome == "failed" and getattr(report, "when", "call") != "call":
            outcome = "error"
        if _RANK.get(outcome, 0) <= _RANK[self.outcome]:
            return
        self.outcome = outcome
        self.type, self.message, self.trace = _why(report, outcome)


def _why(report, outcome):
    # type: (object, str) -> tuple[str, str, str]
    """Return a report's exception, its words and its trace."""
    told = getattr(report, "longrepr", None)
    if outcome == "skipped":
        reason = told[-1] if isinstance(told, (tuple, list)) and told else ""
        reason = getattr(report, "wasxfail", "") or reason
        return "", _text(reason)[:_LONGEST_MESSAGE], ""
    kind, message = getattr(report, _TYPE, ""), getattr(report, _MESSAGE, "")
    if not kind:
        # A plugin made the report without the exception: pytest's line for it begins with it.
        crash = _text(getattr(getattr(told, "reprcrash", None), "message", "") or "")
        kind, _, message = crash.partition(": ")
        if " " in kind or "\n" in kind:
            kind, message = "", crash
    return kind, message[:_LONGEST_MESSAGE], _shortened(_text(told))


class Watch(object):
    """Follows one session, the outermost one, and tells of each test."""

    def __init__(self, path):
        # type: (str) -> None
        self._writer = _Writer(path)
        self._running = {}  # type: dict[str, _Merged]

    def begin(self, config):
        # type: (object) -> None
        """Tell that a session began, and which plugins have a say in it."""
        self._writer.tell(begin=pytest.__version__, plugins=_plugins(config))

    def pytest_runtest_logstart(self, nodeid):
        # type: (str) -> None
        """Tell of a test before anything of it runs."""
        self._writer.tell(start=_text(nodeid))

    def pytest_runtest_logreport(self, report):
        # type: (object) -> None
        """Tell of a test when its last phase is over."""
        name = _text(getattr(report, "nodeid", ""))
        if getattr(report, "outcome", "") == "rerun":
            self._running.pop(name, None)
            return
        merged = self._running.setdefault(name, _Merged())
        merged.add(report)
        # A test whose worker died has one report, of no phase.
        if getattr(report, "when", "") not in ("setup", "call"):
            del self._running[name]
            self._tell(name, merged)

    def pytest_collectreport(self, report):
        # type: (object) -> None
        """Tell of what could not be collected, and of modules that skip themselves."""
        if getattr(report, "outcome", "passed") == "passed":
            return
        merged = _Merged()
        # A collector has no phases; what it cannot do is an error, as pytest counts it.
        merged.add(report)
        if merged.outcome == "failed":
            merged.outcome = "error"
        self._tell(_text(getattr(report, "nodeid", "")) or "(collection)", merged)

    def broken(self, error, traceback):
        # type: (BaseException, Any) -> None
        """Tell of a conftest that cannot be imported: pytest does not begin then."""
        self._writer.tell(begin=pytest.__version__)
        merged = _Merged()
        merged.outcome = "error"
        merged.type, merged.message = _told_of(error)
        cause = getattr(error, "cause", None)
        inner = getattr(error, "excinfo", None)
        if inner is None:
            inner = (type(cause), cause, getattr(cause, "__traceback__", traceback))
        merged.trace = _shortened("".join(format_exception(*tuple(inner)[:3])))
        name = _text(getattr(error, "path", "") or getattr(error, "args", ("",))[0])
        name = os.path.relpath(name) if os.path.exists(name) else name
        self._tell(name, merged)
        self._writer.tell(end=True)

    def pytest_internalerror(self, excrepr):
        # type: (object) -> None
        """Tell of an end that is pytest's own, or a plugin's."""
        merged = _Merged()
        merged.outcome, merged.type = "error", "INTERNALERROR"
        merged.trace = _shortened(_text(excrepr))
        self._tell("(pytest)", merged)

    def end(self):
        # type: () -> None
        """Tell that the session is over: that nothing is missing."""
        self._writer.tell(end=True)

    def _tell(self, name, merged):
        # type: (str, _Merged) -> None
        self._writer.tell(
            test=name,
            outcome=merged.outcome,
            type=_text(merged.type),
            message=_text(merged.message),
            trace=_text(merged.trace),
            seconds=merged.seconds,
        )


def _plugins(config):
    # type: (object) -> list[str]
    """Return the distributions of the plugins that pytest found installed, with their versions."""
    try:
        found = config.pluginmanager.list_plugin_distinfo()  # type: ignore[attr-defined]
        return sorted({_text("%s %s" % (dist.project_name, dist.version)) for _, dist in found})
    except Exception:  # noqa: BLE001 -- metadata may be anything; then none are told
        return []


def _only(config):
    # type: (object) -> str
    """Return the file of names for this session, "" for none: workers are told by hand."""
    return getattr(config, "foretaste_only", "")


def _selected(path):
    # type: (str) -> frozenset[str]
    with open(path, "rb") as file:
        return frozenset(json.loads(line.decode("utf-8")) for line in file if line.strip())


def _is_wanted(name, names):
    # type: (str, frozenset[str]) -> bool
    """Whether a test, or the module or folder that it stands in, is one of the names."""
    if name in names:
        return True
    parts = name.split("::")
    above = ["::".join(parts[:count]) for count in range(1, len(parts))]
    return any(each in names for each in above)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    # type: (object, list[object]) -> None
    """Keep the tests that are asked for, where some are."""
    path = _only(config)
    if not path:
        return
    names = _selected(path)
    kept = []  # type: list[object]
    left = []  # type: list[object]
    for item in items:
        wanted = _is_wanted(_text(item.nodeid), names)  # type: ignore[attr-defined]
        (kept if wanted else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)  # type: ignore[attr-defined]
        items[:] = kept


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    # type: () -> None
    """Let the workers of xdist, which are started next, have the plugin as well."""
    foretaste_hook.offer()


@pytest.hookimpl(hookwrapper=True)
def pytest_sessionstart():
    # type: () -> Generator[None, None, None]
    """Leave the variable as the job has it, once the workers are started."""
    yield
    foretaste_hook.withdraw()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    # type: (object) -> None
    """Tell a worker of xdist which tests are asked for."""
    told = getattr(node, "workerinput", None) or getattr(node, "slaveinput", {})
    told["foretaste_only"] = _only(node.config)  # type: ignore[attr-defined]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(call):
    # type: (object) -> Generator[None, Any, None]
    """Keep the exception's class, which a report has not."""
    outcome = yield
    try:
        report = outcome.get_result()
    except Exception:  # noqa: BLE001 -- another plugin's; pytest tells of it
        return
    _note_exception(report, call)


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report():
    # type: () -> Generator[None, Any, None]
    """Keep the exception's class of a module that cannot be collected."""
    outcome = yield
    try:
        report = outcome.get_result()
    except Exception:  # noqa: BLE001 -- another plugin's; pytest tells of it
        return
    _note_exception(report, getattr(report, "call", None))


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests():
    # type: () -> Generator[None, Any, None]
    """Tell of a conftest that cannot be imported."""
    outcome = yield
    caught = outcome.excinfo
    if caught is not None and caught[0].__name__ == "ConftestImportFailure":
        path = os.environ.get(_FILE)
        try:
            if path:
                Watch(path).broken(caught[1], caught[2])
        except Exception:  # noqa: BLE001, S110 -- pytest tells of it as well
            pass


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    # type: (object) -> None
    """Begin, in the outermost session; what it takes from the environment is hidden from others."""
    foretaste_stacks.take_back()
    worker = getattr(config, "workerinput", None) or getattr(config, "slaveinput", None)
    if worker is not None:
        foretaste_hook.forget()
        config.foretaste_only = worker.get("foretaste_only", "")  # type: ignore[attr-defined]
        return
    foretaste_hook.withdraw()
    path = os.environ.pop(_FILE, "")
    only = os.environ.pop(_ONLY, "")
    config.foretaste_taken = (path, only)  # type: ignore[attr-defined]
    config.foretaste_only = only  # type: ignore[attr-defined]
    if path:
        watch = Watch(path)
        watch.begin(config)
        config.foretaste_watch = watch  # type: ignore[attr-defined]
        config.pluginmanager.register(watch, "foretaste_watching")  # type: ignore[attr-defined]


def pytest_unconfigure(config):
    # type: (object) -> None
    """End, and leave the environment as it was: another session may follow in this process."""
    watch = getattr(config, "foretaste_watch", None)
    if watch is not None:
        watch.end()
    if hasattr(config, "foretaste_taken"):
        foretaste_hook.offer()
    for name, value in zip((_FILE, _ONLY), getattr(config, "foretaste_taken", ("", ""))):
        if value:
            os.environ[name] = value
