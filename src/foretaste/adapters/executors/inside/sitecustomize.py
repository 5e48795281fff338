"""Start of every Python of a watched build: ready to tell what happens, else as without us.

Python imports this module when it starts, for its folder is the first of PYTHONPATH. The folder is
moved behind everything else, and a `sitecustomize` of the environment's own runs as ever. Written
for Python 2.7 and 3.6 or later alike.
"""

import os
import sys


def _stand_back():
    # type: () -> None
    """Let every other folder of the path win over this one, and run what stands behind us."""
    here = os.path.dirname(os.path.abspath(__file__))
    behind = [each for each in sys.path if os.path.abspath(each or os.curdir) != here]
    ours = sys.modules.pop(__name__, None)
    sys.path[:] = behind
    try:
        import sitecustomize  # noqa: F401 -- the environment's, for this folder is off the path
    except ImportError:
        # There is none, or it lacks something: Python, too, goes on then.
        sys.modules.setdefault(__name__, ours)  # type: ignore[arg-type]
    finally:
        sys.path.append(here)


def _watch():
    # type: () -> None
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    try:
        import foretaste_hook
        import foretaste_stacks
    finally:
        sys.path.remove(here)
    foretaste_stacks.arm()
    foretaste_hook.wait()


_watch()
_stand_back()
