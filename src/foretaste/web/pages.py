"""Pages: the gate for people, rendered here and whole without any script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response, StreamingResponse

from foretaste.report.views import ChangeView
from foretaste.service.access import Principal
from foretaste.web.ansi import style_of
from foretaste.web.api import (
    BIGGEST,
    LIST_LIMIT,
    DeskHere,
    Name,
    State,
    build_or_404,
    change_or_404,
)
from foretaste.web.logs import PAGE_LINES, LogView, Read, last_lines, place_of
from foretaste.web.problems import unknown
from foretaste.web.rendering import render, template
from foretaste.web.rights import CHANGE_VERBS, ChangeVerb, allowed
from foretaste.web.visitor import visitor_of

router = APIRouter(include_in_schema=False)
# How much of a page is sent at once; small enough to show early, large enough to cost little.
PIECE = 2**16
ABANDONED = "ABANDONED"


def page(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401
    """Answer with a template, told who looks."""
    return HTMLResponse(render(name, **seen_by(request), **context), status_code=status)


def seen_by(request: Request) -> dict[str, Any]:
    """Return what every template is told of its reader and itself."""
    visitor = visitor_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return {"who": visitor.who, "csrf": visitor.csrf, "here": request.url.path + query}


@router.get("/")
def gate(request: Request, desk: DeskHere) -> Response:
    """Show the queues, the checks, what ended and what is open."""
    return page(request, "gate.html", gate=desk.queries.gate(), trouble=desk.trouble())


@router.get("/changes")
def changes(
    request: Request,
    desk: DeskHere,
    state: State = "",
    project: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show changes, newest first."""
    found = desk.queries.changes(state=state, project=project, limit=LIST_LIMIT)
    return page(request, "changes.html", changes=found, state=state, project=project)


@router.get("/changes/{change}")
def change(request: Request, desk: DeskHere, change: Name) -> Response:
    """Show one change: its state, why and what next, then everything else."""
    view = change_or_404(desk, change)
    who = visitor_of(request).who
    verbs = [verb for verb in CHANGE_VERBS.values() if who and offered(verb, who, view)]
    story = desk.queries.story(change) or ()
    return page(request, "change.html", change=view, story=story, verbs=verbs)


def offered(verb: ChangeVerb, who: Principal, change: ChangeView) -> bool:
    """Whether a button is of use: `who` may, and the change stands so that it does something."""
    return allowed(verb, who, change) and _useful(verb.name, who.name, change)


def _useful(verb: str, name: str, change: ChangeView) -> bool:
    abandoned = change.reason == ABANDONED
    ended = abandoned or change.state == "merged"
    approved = name in change.approved_by
    match verb:
        case "approve":
            return not ended and not approved
        case "withdraw":
            return not ended and approved
        case "enqueue":
            return not ended and change.state in {"waiting", "failed", "left"}
        case "dequeue":
            return change.state == "queued"
        case "reopen":
            return abandoned
        case _:
            return not ended


@router.get("/projects")
def projects(request: Request, desk: DeskHere) -> Response:
    """Show the projects under the gate."""
    return page(request, "projects.html", projects=desk.queries.projects())


@router.get("/projects/{project}")
def project(request: Request, desk: DeskHere, project: Name) -> Response:
    """Show one project, its changes, and how to propose one."""
    found = [each for each in desk.queries.projects() if each.project == project]
    if not found:
        raise unknown("project", project, hint="/projects shows those that there are")
    proposed = desk.queries.changes(project=project, limit=LIST_LIMIT)
    address = f"{request.url.scheme}://{request.headers['host']}{found[0].clone}"
    return page(request, "project.html", project=found[0], changes=proposed, address=address)


@router.get("/builds/{build}")
def build(
    request: Request,
    desk: DeskHere,
    build: Name,
    *,
    first: Annotated[int, Query(alias="from", ge=1, le=BIGGEST)] = 1,
    last: Annotated[int, Query(ge=0, le=PAGE_LINES)] = 0,
) -> Response:
    """Show one build and its log, from one line on or the last ones, as it is read."""
    view = build_or_404(desk, build)
    read = partial(desk.read_log, build)
    number, offset = last_lines(read, last) if last else place_of(read, first)
    log = LogView(read=read, first=number, offset=offset)
    pieces = template("build.html").generate(
        **seen_by(request), build=view, log=log, blocks=map(Markup, log.blocks())
    )
    return StreamingResponse(joined(pieces), media_type="text/html; charset=utf-8")


@router.get("/builds/{build}/tail")
def tail(
    desk: DeskHere,
    build: Name,
    *,
    offset: Annotated[int, Query(ge=0, le=BIGGEST)],
    line: Annotated[int, Query(ge=1, le=BIGGEST)],
    style: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Return the lines that a log has got since, for a page that follows it."""
    build_or_404(desk, build)
    read: Read = partial(desk.read_log, build)
    log = LogView(read=read, first=line, offset=offset, style=style_of(style), limit=5_000)
    rows = "".join(log.rows())
    headers = {
        "X-Log-Offset": str(log.offset),
        "X-Log-Line": str(log.line),
        "X-Log-Style": log.style.token,
        "X-Log-Size": str(log.total),
        "X-Log-Done": "true" if log.done and not log.more else "false",
        "X-Log-More": "true" if log.more else "false",
    }
    return HTMLResponse(rows, headers=headers)


@router.get("/sign-in")
def sign_in(request: Request, onward: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Show the form that takes a token."""
    return page(request, "sign_in.html", onward=onward, wrong="")


def joined(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces in fewer and larger ones."""
    rest = iter(pieces)
    while True:
        held: list[str] = []
        length = 0
        for piece in rest:
            held.append(piece)
            length += len(piece)
            if length >= PIECE:
                break
        if not held:
            return
        yield "".join(held)
