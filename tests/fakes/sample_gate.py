"""A gate to look at: a desk whose answers are made up, rich enough for every page and state.

`SampleGate` is what tests hold: it answers queries from plain maps that a test may change, keeps
what was submitted, and has logs, artefacts and news of its own. It decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from foretaste.core.names import ChangeId
from foretaste.report.views import (
    BuildView,
    ChangeView,
    GateView,
    ItemView,
    JobView,
    QueueView,
    StoryLine,
)
from foretaste.service.access import Principal, Role
from foretaste.service.faces import BranchView, Desk, Figures, ProjectView
from foretaste.service.intents import Answer, Intent
from tests.fakes.news import News, TokenBook
from tests.fakes.sample_releases import SampleWatch

NOON = 1_764_072_000.0
OIDS = {number: f"{number:02x}" * 20 for number in range(256)}


def a_build(build: str, **given: object) -> BuildView:
    """Make a build; what is not given is that of one that passed."""
    view = BuildView(
        id=build,
        job="tests[3.11]",
        label="tests[3.11][21]",
        change="21",
        project="markupsafe",
        prospect="[21]",
        pipeline="gate",
        attempt=1,
        state="passed",
        fault="",
        voting=True,
        why="",
        tests=118,
        failed=(),
        seconds=14.2,
        phases={"fetch": 0.2, "environment": 0.4, "workspace": 0.1, "test": 13.5},
        log_size=20_480,
        artefacts=("junit.xml",),
        wanted_at=NOON - 90,
        ended_at=NOON - 60,
    )
    return replace(view, **given)  # type: ignore[arg-type]


def a_job(name: str, state: str, **given: object) -> JobView:
    """Make a job; without more it votes and has no build."""
    view = JobView(name=name, change="21", state=state, voting=True, build="", why="")
    return replace(view, **given)  # type: ignore[arg-type]


def an_item(position: int, change: str, **given: object) -> ItemView:
    """Make an item of one change."""
    view = ItemView(
        position=position,
        changes=(change,),
        project="markupsafe",
        subject="Speed up escape() on short strings",
        state="building",
        reason="",
        waiting_for="It is being tested: integration is still running.",
        assumes=(),
        active=True,
        jobs=(
            a_job("tests[3.11]", "passed", build="b1", change=change),
            a_job("integration", "running", build="b2", change=change),
        ),
        at=NOON,
    )
    return replace(view, **given)  # type: ignore[arg-type]


def a_change(change: str, **given: object) -> ChangeView:
    """Make an open change that nobody has approved."""
    view = ChangeView(
        change=change,
        project="markupsafe",
        branch="main",
        revision=1,
        subject="Speed up escape() on short strings",
        owner="ada",
        topic="speed",
        state="open",
        reason="NOT_APPROVED",
        why="Nobody has approved revision 1 yet.",
        next=f"Approve it: `foretaste approve {change}`.",
        because="",
        commit=OIDS[171],
        landed="",
        approved_by=(),
        needs=(),
        needed_by=(),
        queue="",
        position=0,
        assumes=(),
        check="passed",
        jobs=(),
        builds=(),
        tests=(),
        at=NOON - 300,
    )
    return replace(view, **given)  # type: ignore[arg-type]


QUEUED = a_change(
    "23",
    project="flask",
    subject="Use the new url_for of Werkzeug",
    revision=2,
    owner="grace",
    topic="url-for",
    state="queued",
    reason="",
    why="It is tested on top of 21 and 22; integration is still running.",
    next="Nothing to do: it lands when its jobs have passed and 21 and 22 have landed.",
    approved_by=("ada", "linus"),
    needs=("22",),
    needed_by=("27",),
    queue="pallets",
    position=3,
    assumes=("21", "22"),
    jobs=(
        a_job("lint", "passed", build="b4", change="23"),
        a_job("tests[3.11]", "passed", build="b5", change="23"),
        a_job("tests[3.13]", "reused", build="b6", change="23"),
        a_job("integration", "running", build="b7", change="23"),
        a_job("docs", "waiting", change="23", voting=False, why="after tests[3.11]"),
    ),
    builds=(
        a_build("b7", job="integration", label="integration[21,22,23]", change="23", state="running",
                project="flask", prospect="[21,22,23]", tests=None, seconds=0.0, ended_at=0.0),
        a_build("b6", job="tests[3.13]", label="tests[3.13][21,22,23]", change="23", project="flask",
                prospect="[21,22,23]"),
        a_build("b5", label="tests[3.11][21,22,23]", change="23", project="flask",
                prospect="[21,22,23]", tests=492),
        a_build("b4", job="lint", label="lint[21,22,23]", change="23", project="flask",
                prospect="[21,22,23]", tests=None, seconds=1.1),
    ),
)  # fmt: skip
FAILED = a_change(
    "19",
    project="werkzeug",
    subject="Remove the deprecated url_quote, url_decode and everything that was kept for 2.x",
    owner="linus",
    state="failed",
    reason="JOB_FAILED",
    why="Job tests[3.11] of flask failed with it and passed without it: 2 tests.",
    next="Mend it and push a new revision, or have flask-login moved first and approve it again.",
    approved_by=("ada",),
    tests=(
        "tests/test_login.py::LoginTestCase::test_remember_me_cookie_duration",
        "tests/test_login.py::LoginTestCase::test_<script>alert(1)</script>_next_url",
    ),
    jobs=(a_job("tests[3.11]", "failed", build="b3", change="19"),),
    builds=(
        a_build(
            "b3",
            label="tests[3.11][19]",
            change="19",
            project="werkzeug",
            prospect="[19]",
            state="failed",
            fault="job",
            why="The command ended with exit status 1.",
            tests=77,
            failed=(
                "tests/test_login.py::LoginTestCase::test_remember_me_cookie_duration",
                "tests/test_login.py::LoginTestCase::test_<script>alert(1)</script>_next_url",
            ),
            artefacts=("junit.xml", "htmlcov/index page.html"),
        ),
    ),
)
OTHERS = (
    a_change("24", subject="Read templates with an explicit encoding", project="jinja2"),
    a_change("25", subject="Ship type information", state="waiting", reason="DEPENDENCY_WAITS",
             why="It needs 24, which nobody has approved.", next="Approve 24.", because="24",
             needs=("24",), approved_by=("ada",)),
    a_change("18", subject="Drop Python 3.7", project="click", state="merged", reason="",
             why="It landed on main as it was tested.", next="Nothing to do.", landed=OIDS[18],
             approved_by=("ada",), owner="grace"),
    a_change("17", subject="Rename parse_cookie", project="werkzeug", state="left",
             reason="CONFLICT", why="It conflicts with 16 in src/werkzeug/http.py.",
             next="Rebase it on main and push a new revision.", because="16"),
    a_change("16", subject="Abandoned attempt", project="werkzeug", state="left",
             reason="ABANDONED", why="ada abandoned it.", next="Reopen it to go on."),
)  # fmt: skip

QUEUE = QueueView(
    queue="pallets",
    projects=("markupsafe", "itsdangerous", "click", "jinja2", "werkzeug", "flask"),
    window=20,
    frozen="",
    items=(
        an_item(1, "21", state="passed", waiting_for="It passed everything and is landing.", jobs=(
            a_job("tests[3.11]", "passed", build="b1"), a_job("integration", "reused", build="b2"))),
        an_item(2, "19", project="werkzeug", state="failing", reason="JOB_FAILED", assumes=("21",),
                subject=FAILED.subject, waiting_for="Job tests[3.11] failed; it is reported when 21 has landed.",
                jobs=FAILED.jobs),
        an_item(3, "22", project="werkzeug", subject="Give url_for a scheme argument",
                assumes=("21",), waiting_for="It is being tested on top of 21."),
        an_item(4, "23", project="flask", subject=QUEUED.subject, assumes=("21", "22"),
                jobs=QUEUED.jobs, waiting_for="integration and docs are still running."),
        ItemView(position=5, changes=("26", "27"), project="jinja2", state="preparing", reason="",
                 subject="Move the async loader into its own module, together with flask",
                 waiting_for="It is being merged on top of 21, 22 and 23.", assumes=("21", "22", "23"), active=True, jobs=(), at=NOON),
        an_item(6, "28", project="click", subject="x" * 90, state="waiting", active=False, jobs=(),
                assumes=("21", "22", "23", "26", "27"), waiting_for="It waits for a place in the window of 20."),
        an_item(7, "29", project="click", subject="Say which option is missing", state="waiting",
                assumes=("21", "22", "23", "26", "27", "28", "30"), active=False, jobs=(),
                waiting_for="It waits for a place in the window of 20."),
    ),
)  # fmt: skip
GATE = GateView(
    held="",
    workers=4,
    running=3,
    queues=(QUEUE,),
    checks=(
        an_item(
            0, "24", project="jinja2", subject=OTHERS[0].subject, waiting_for="It is being checked."
        ),
    ),
    recent=(OTHERS[2], FAILED, OTHERS[3], OTHERS[4]),
    open=(OTHERS[0], OTHERS[1]),
)
STORY = (
    StoryLine(seq=1, at=NOON - 300, code="PUSHED", text="grace pushed revision 2."),
    StoryLine(seq=4, at=NOON - 280, code="APPROVED", text="ada approved revision 2."),
    StoryLine(seq=5, at=NOON - 279, code="ENQUEUED", text="It entered queue pallets at place 4."),
    StoryLine(seq=9, at=NOON - 120, code="BUILD", text="Job lint passed.", build="b4"),
)
PROJECTS = tuple(
    ProjectView(
        project=name,
        queue="pallets",
        branches=(BranchView(branch="main", commit=OIDS[40 + number]),),
        clone=f"/git/{name}",
    )
    for number, name in enumerate(QUEUE.projects)
)
LOG = (
    b"$ pytest -q --color=yes\n"
    b"\x1b[1m============ test session starts ============\x1b[0m\n"
    b"tests/test_login.py \x1b[32m.\x1b[0m\x1b[32m.\x1b[0m\x1b[31mF\x1b[0m  [100%]\n"
    b"\x1b[31m\x1b[1mE   ImportError: cannot import name 'url_decode'\x1b[0m\n"
    b"\x1b[41;37m 1 failed \x1b[0m, \x1b[1;32m76 passed\x1b[0m in 3.21s\n"
    b"<script>alert(1)</script> \x1b]8;;javascript:alert(2)\x1b\\link\x1b]8;;\x1b\\\n"
)
PEOPLE = {
    "ada-token": Principal(name="ada", roles=frozenset({Role.PUSH, Role.APPROVE})),
    "grace-token": Principal(name="grace", roles=frozenset({Role.PUSH})),
    "op-token": Principal(name="op", roles=frozenset({Role.OPERATE})),
    "own-token": Principal(name="root", roles=frozenset({Role.OWN})),
}


@dataclass(kw_only=True)
class SampleGate:
    """The made-up gate; its maps may be changed by a test, and show at once."""

    gate_view: GateView = GATE
    known: dict[str, ChangeView] = field(default_factory=dict)
    made: dict[str, BuildView] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    artefacts: dict[tuple[str, str], bytes] = field(default_factory=dict)
    submitted: list[Intent] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(changes=(ChangeId("23"),)))
    news: News = field(default_factory=News)
    guard: TokenBook = field(default_factory=lambda: TokenBook(PEOPLE))
    trouble: str = ""
    under_gate: tuple[ProjectView, ...] = PROJECTS
    watch: SampleWatch = field(default_factory=SampleWatch)

    def __post_init__(self) -> None:
        """Fill the maps from the samples."""
        for change in (QUEUED, FAILED, *OTHERS):
            self.known.setdefault(change.change, change)
            for build in change.builds:
                self.made.setdefault(build.id, build)
        for name in ("b1", "b2"):
            self.made.setdefault(name, a_build(name))
        for name in self.made:
            self.logs.setdefault(name, LOG)
            self.artefacts.setdefault((name, "junit.xml"), b"<testsuites/>")
        self.artefacts.setdefault(("b3", "htmlcov/index page.html"), b"<script>alert(1)</script>")

    def desk(self) -> Desk:
        """Return the desk that a face is wired to."""
        return Desk(
            queries=self,
            submit=self.submit,
            guard=self.guard,
            read_log=self.read_log,
            read_artefact=lambda build, path: self.artefacts.get((build, path)),
            feed=self.news,
            figures=lambda: Figures(landings=7, builds={"passed": 31, "failed": 2},
                                    queued={"pallets": 7}, ticks=40, tick_seconds=0.5),
            trouble=lambda: self.trouble, watch=self.watch,
        )  # fmt: skip

    def submit(self, intent: Intent) -> Answer:
        """Keep the intent, and answer as the test said."""
        self.submitted.append(intent)
        return self.answer

    def read_log(self, build: str, offset: int, size: int) -> tuple[bytes, int, bool]:
        """Read a log; it is complete when its build has ended."""
        log = self.logs.get(build, b"")
        done = self.made[build].state not in {"wanted", "running"}
        return log[offset : offset + size], len(log), done

    def gate(self) -> GateView:
        """Return the view as it stands."""
        return self.gate_view

    def changes(
        self, *, state: str = "", project: str = "", limit: int = 100
    ) -> tuple[ChangeView, ...]:
        """Return the changes that fit."""
        found = sorted(self.known.values(), key=lambda view: int(view.change), reverse=True)
        return tuple(
            view for view in found if state in {"", view.state} and project in {"", view.project}
        )[:limit]

    def change(self, change: str) -> ChangeView | None:
        """Return one change."""
        return self.known.get(change)

    def story(self, change: str) -> tuple[StoryLine, ...] | None:
        """Return the same story for every change that there is."""
        return STORY if change in self.known else None

    def build(self, build: str) -> BuildView | None:
        """Return one build."""
        return self.made.get(build)

    def builds(self, *, change: str = "", limit: int = 100) -> tuple[BuildView, ...]:
        """Return the builds that fit."""
        return tuple(view for view in self.made.values() if change in {"", view.change})[:limit]

    def projects(self) -> tuple[ProjectView, ...]:
        """Return the projects."""
        return self.under_gate
