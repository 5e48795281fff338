"""Packages filled up: tests that stand within a package, put into the one that is installed.

Each argument is a folder of this project's, such as `src/kazoo`, that has tests and no code. All
that the installed package of that name has is copied beside them, but for its own tests: those that
are here are another release's. Written for Python 2.7 and 3.6 or later alike.
"""

import os
import shutil
import sys

_TESTS = ("test", "tests")


def _installed(name):
    # type: (str) -> str
    """Return where a package is installed, "" where it is not; nothing of it is imported."""
    below = [
        each for each in sys.path if os.path.basename(each) in ("site-packages", "dist-packages")
    ]
    for folder in below:
        found = os.path.join(folder, *name.split("/"))
        if os.path.isdir(found):
            return found
    return ""


def fill(folder):
    # type: (str) -> bool
    """Fill one folder up; whether there was something to fill it from."""
    parts = folder.split("/")
    # "src/kazoo": the way to a package may begin with folders that are none.
    for count in range(len(parts)):
        installed = _installed("/".join(parts[count:]))
        if installed:
            _copy(installed, folder)
            return True
    return False


def _copy(source, target):
    # type: (str, str) -> None
    for name in os.listdir(source):
        inner, outer = os.path.join(source, name), os.path.join(target, name)
        if os.path.isdir(inner):
            # Tests that are installed are the other release's; what only looks so is code.
            if name in _TESTS and os.path.isdir(outer):
                continue
            if not os.path.isdir(outer):
                os.mkdir(outer)
            _copy(inner, outer)
        elif not os.path.exists(outer):
            shutil.copyfile(inner, outer)


def main(folders):
    # type: (list[str]) -> int
    """Fill all folders up; an exit status."""
    missing = [folder for folder in folders if not fill(folder)]
    for folder in missing:
        sys.stderr.write("nothing of the name %s is installed\n" % folder)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
