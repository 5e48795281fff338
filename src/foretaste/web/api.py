"""The API's reading half: the views as they are, under /api/v1."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from foretaste.report.views import BuildView, ChangeView, GateView, QueueView, StoryLine
from foretaste.service.faces import Desk, ProjectView
from foretaste.web.answers import listed, shown
from foretaste.web.problems import UNUSABLE, Problem, unknown
from foretaste.web.stream import EventStream, Hub
from foretaste.web.visitor import desk_of

# The largest part of a log, and the most changes, that one answer holds.
LOG_PART = 2**20
LIST_LIMIT = 500
# Event numbers, offsets: what a database and JSON's readers can hold.
BIGGEST = 2**53

DeskHere = Annotated[Desk, Depends(desk_of)]
Name = Annotated[str, Path(min_length=1)]
State = Literal["", "open", "waiting", "queued", "merged", "failed", "left"]


class ErrorBody(BaseModel):
    """What is wrong: a code of the manual, the sentence, what to do, and where."""

    code: str
    message: str
    hint: str
    where: str


class Error(BaseModel):
    """The one error shape."""

    error: ErrorBody


class Queues(BaseModel):
    """The queues, each in speculative order."""

    queues: list[QueueView]


class Changes(BaseModel):
    """A list of changes, newest first."""

    changes: list[ChangeView]


class Story(BaseModel):
    """The ordered account of why the gate did what it did with one change."""

    story: list[StoryLine]


class Projects(BaseModel):
    """The projects under the gate."""

    projects: list[ProjectView]


ERRORS: dict[int | str, dict[str, Any]] = {
    int(status): {"model": Error, "description": status.phrase}
    for status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
}
BYTES: dict[str, Any] = {
    "content": {"text/plain": {"schema": {"type": "string", "format": "binary"}}},
    "headers": {
        "X-Log-Size": {"schema": {"type": "integer"}, "description": "Bytes in the log now."},
        "X-Log-Done": {"schema": {"type": "string"}, "description": "true once it is complete."},
    },
}
# What a job made is data: never shown in the gate's own origin, whatever its name says it is.
ATTACHMENT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": 'attachment; filename="artefact"',
}

router = APIRouter(prefix="/api/v1", responses=ERRORS)


@router.get("/gate", response_model=GateView, tags=["gate"])
def gate(desk: DeskHere) -> Response:
    """Return the whole gate at a glance."""
    return shown(desk.queries.gate())


@router.get("/queues", response_model=Queues, tags=["gate"])
def queues(desk: DeskHere) -> Response:
    """Return the queues in speculative order."""
    return listed("queues", desk.queries.gate().queues)


@router.get("/projects", response_model=Projects, tags=["gate"])
def projects(desk: DeskHere) -> Response:
    """Return the projects under the gate."""
    return listed("projects", desk.queries.projects())


@router.get("/changes", response_model=Changes, tags=["changes"])
def changes(
    desk: DeskHere,
    state: State = "",
    project: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=LIST_LIMIT)] = 100,
) -> Response:
    """Return changes, newest first, in one state or of one project where asked."""
    return listed("changes", desk.queries.changes(state=state, project=project, limit=limit))


@router.get("/changes/{change}", response_model=ChangeView, tags=["changes"])
def change(desk: DeskHere, change: Name) -> Response:
    """Return one change: *state, why, what next*, its jobs and builds."""
    return shown(change_or_404(desk, change))


@router.get("/changes/{change}/story", response_model=Story, tags=["changes"])
def story(desk: DeskHere, change: Name) -> Response:
    """Return the story of one change, oldest line first."""
    lines = desk.queries.story(change)
    if lines is None:
        raise unknown("change", change)
    return listed("story", lines)


@router.get("/builds/{build}", response_model=BuildView, tags=["builds"])
def build(desk: DeskHere, build: Name) -> Response:
    """Return one build."""
    return shown(build_or_404(desk, build))


@router.get("/builds/{build}/log", response_class=Response, responses={200: BYTES}, tags=["builds"])
def log(
    desk: DeskHere, build: Name, offset: Annotated[int, Query(ge=0, le=BIGGEST)] = 0
) -> Response:
    """Return at most 1 MiB of a build's log from a byte on; empty at its end."""
    build_or_404(desk, build)
    part, size, done = desk.read_log(build, offset, LOG_PART)
    return Response(
        part,
        media_type="text/plain; charset=utf-8",
        headers={
            "Content-Security-Policy": ATTACHMENT["Content-Security-Policy"],
            "X-Log-Size": str(size),
            "X-Log-Done": "true" if done else "false",
        },
    )


@router.get(
    "/builds/{build}/artefacts/{path:path}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
    tags=["builds"],
)
def artefact(desk: DeskHere, build: Name, path: str) -> Response:
    """Return one artefact as an attachment; only paths that the build's record names."""
    known = build_or_404(desk, build)
    content = desk.read_artefact(build, path) if path in known.artefacts else None
    if content is None:
        raise unknown("artefact", path, hint=f"/api/v1/builds/{build} names those that it has")
    return Response(content, media_type="application/octet-stream", headers=ATTACHMENT)


@router.get(
    "/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}}
)
async def events(
    request: Request, last_event_id: Annotated[str, Header(max_length=20)] = ""
) -> Response:
    """Go on sending events of the kinds gate, change and build, whose ids can be resumed from."""
    after = None
    if last_event_id:
        digits = last_event_id.isascii() and last_event_id.isdigit()
        if not digits or int(last_event_id) > BIGGEST:
            raise Problem(HTTPStatus.BAD_REQUEST, UNUSABLE, where="Last-Event-ID")
        after = int(last_event_id)
    hub: Hub = request.app.state.hub
    return EventStream(hub, after)


def change_or_404(desk: Desk, change: str) -> ChangeView:
    """Return a change.

    Raises:
        Problem: 404, there is none of that name.
    """
    found = desk.queries.change(change)
    if found is None:
        raise unknown("change", change)
    return found


def build_or_404(desk: Desk, build: str) -> BuildView:
    """Return a build.

    Raises:
        Problem: 404, there is none of that name.
    """
    found = desk.queries.build(build)
    if found is None:
        raise unknown("build", build)
    return found
