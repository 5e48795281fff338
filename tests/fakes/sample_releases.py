"""Releases to look at: a watch whose answers are made up, one branch for each way to stand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from foretaste.report.releases import NewerView, ReleasesView

NOON = 1_764_072_000.0
DAY = 86400.0

REPORT = """\
# markupsafe 2.1.0 breaks flask 2.0.2

| | passes | fails |
|---|---|---|
| markupsafe | 2.0.1 | **2.1.0** |

`ImportError: cannot import name 'soft_unicode' from 'markupsafe'` <script>alert(1)</script>
"""


def newer(name: str, old: str, new: str, state: str, why: str = "") -> NewerView:
    """Make a package with something newer."""
    return NewerView(
        name=name,
        old=old,
        new=new,
        state=state,
        why=why,
        uploaded=NOON - 2 * DAY,
        ready=NOON + DAY if state == "waits" else NOON - DAY,
    )


MIXED = ReleasesView(
    project="flask",
    branch="main",
    state="proposed",
    why="",
    change="23",
    newer=(
        newer("click", "8.1.7", "8.1.8", "moves"),
        newer("itsdangerous", "2.1.2", "2.2.0", "waits"),
        newer("jinja2", "3.0.3", "3.1.0", "held", "needs markupsafe"),
        newer(
            "markupsafe",
            "2.0.1",
            "2.1.0",
            "held",
            "ImportError: cannot import name 'soft_unicode' from 'markupsafe'",
        ),
        newer("werkzeug", "2.0.2", "2.0.3", "newer"),
    ),
    files=("requirements/tests.txt", "uv.lock"),
    checked_at=NOON - 600,
    looked_at=NOON - 60,
    report=True,
)
CURRENT = replace(
    MIXED, branch="release/2.x", state="current", why="nothing newer is there", change="",
    newer=(), report=False,
)  # fmt: skip
STUCK = replace(
    MIXED,
    project="click",
    state="stuck",
    why="the lock files cannot be moved to just what was tested: colorama; "
    "move them by hand, as the report says, and propose that",
    change="",
    newer=(newer("colorama", "0.4.5", "0.4.6", "moves"),),
)
CHECKING = replace(
    MIXED, project="jinja", state="checking", change="",
    newer=tuple(newer(f"package-{number}", "1.0", "1.1", "newer") for number in range(9)),
)  # fmt: skip


@dataclass
class SampleWatch:
    """The made-up watch; what it shows may be changed by a test."""

    shown: tuple[ReleasesView, ...] = (STUCK, MIXED, CURRENT, CHECKING)
    reports: dict[tuple[str, str], str] = field(
        default_factory=lambda: {("flask", "main"): REPORT, ("flask", "release/2.x"): ""}
    )
    said: str = "1 of 212 packages could not be asked about: the index is out of reach"

    def releases(self) -> tuple[ReleasesView, ...]:
        """Return what is shown."""
        return self.shown

    def report(self, project: str, branch: str) -> str | None:
        """Return a report."""
        return self.reports.get((project, branch))

    def trouble(self) -> str:
        """Return what cannot be seen."""
        return self.said
