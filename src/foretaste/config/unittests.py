"""Unittest: a command that runs a project's unittest tests and leaves a JUnit report.

The standard library writes no report, and without one an exit status of 0 says nothing: before
Python 3.12 it is 0 where no test was found. The program goes to the job as text, since a job sees
nothing of Foretaste, and needs nothing but the standard library.
"""

from __future__ import annotations

import shlex

PROGRAM = """
import os, sys, time, unittest
from xml.sax.saxutils import escape, quoteattr

sys.path.insert(0, os.getcwd())
START = sys.argv[1]
TOP = "." if os.path.exists(os.path.join(START, "__init__.py")) else None


def clean(text):
    return "".join(c if c.isprintable() or c in "\\n\\t" else "?" for c in str(text))


class Report(unittest.TextTestResult):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.cases, self.began = {}, {}

    def startTest(self, test):
        super().startTest(test)
        self.began[test.id()] = time.monotonic()

    def note(self, test, outcome, message):
        name = test.id()
        took = time.monotonic() - self.began.get(name, time.monotonic())
        if self.cases.get(name, ("", 0, ""))[0] in ("", "skipped"):
            self.cases[name] = (outcome, took, message)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note(test, "", "")

    def addError(self, test, err):
        super().addError(test, err)
        self.note(test, "error", self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note(test, "failure", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note(test, "", "")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failure", "unexpected success")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(test, "failure", self._exc_info_to_string(err, test))


def element(name, outcome, took, message):
    group, _, case = name.rpartition(".")
    told = "<%s>%s</%s>" % (outcome, escape(clean(message)), outcome) if outcome else ""
    return "<testcase classname=%s name=%s time=\\"%.3f\\">%s</testcase>" % (
        quoteattr(clean(group)), quoteattr(clean(case)), took, told)


runner = unittest.TextTestRunner(resultclass=Report, verbosity=2)
found = unittest.defaultTestLoader.discover(START, top_level_dir=TOP)
result = runner.run(found)
cases = "".join(element(name, *case) for name, case in result.cases.items())
with open(os.environ["FORETASTE_JUNIT"], "w", encoding="utf-8") as file:
    file.write("<testsuite name=\\"unittest\\" tests=\\"%d\\">%s</testsuite>" % (len(result.cases), cases))
sys.exit(not result.wasSuccessful() or not result.cases)
"""


def run_unittest(start: str) -> str:
    """Return the command that finds tests from the folder `start` on."""
    return f"python - {shlex.quote(start)} <<'FORETASTE_END'\n{PROGRAM.strip()}\nFORETASTE_END"
