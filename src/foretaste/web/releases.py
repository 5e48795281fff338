"""Releases: how branches stand against the index, for programs and for people."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from foretaste.report.releases import ReleasesView
from foretaste.service.faces import Desk
from foretaste.web.answers import Shown
from foretaste.web.api import ERRORS, DeskHere, Name
from foretaste.web.pages import page
from foretaste.web.problems import unknown

Branch = Annotated[str, Query(max_length=200)]


class Releases(BaseModel):
    """The branches that are watched; `trouble` says why not everything can be seen, or ""."""

    releases: list[ReleasesView]
    trouble: str


class Report(BaseModel):
    """The newest report on a branch, as Markdown; "" where there is none yet."""

    report: str


programs = APIRouter(prefix="/api/v1", responses=ERRORS, tags=["releases"])
people = APIRouter(include_in_schema=False)


@programs.get("/releases", response_model=Releases)
def releases(desk: DeskHere, project: Branch = "") -> Response:
    """Return the branches that are watched, of one project where asked."""
    found = [dataclasses.asdict(each) for each in _of(desk, project)]
    return Shown({"releases": found, "trouble": desk.watch.trouble()})


@programs.get("/releases/{project}/report", response_model=Report)
def report(desk: DeskHere, project: Name, branch: Branch = "main") -> Response:
    """Return the newest report on a branch, as Markdown."""
    return Shown({"report": _report(desk, project, branch)})


@people.get("/releases")
def all_releases(request: Request, desk: DeskHere) -> Response:
    """Show every branch that is watched."""
    found, trouble = desk.watch.releases(), desk.watch.trouble()
    return page(request, "releases.html", releases=found, trouble=trouble)


@people.get("/releases/{project}")
def one_branch(
    request: Request, desk: DeskHere, project: Name, branch: Branch = "main"
) -> Response:
    """Show one branch: what is newer, what of it may go on, and the report."""
    text = _report(desk, project, branch)
    found = next(each for each in _of(desk, project) if each.branch == branch)
    return page(request, "release.html", release=found, report=text)


def _of(desk: Desk, project: str) -> tuple[ReleasesView, ...]:
    return tuple(each for each in desk.watch.releases() if project in {"", each.project})


def _report(desk: Desk, project: str, branch: str) -> str:
    found = desk.watch.report(project, branch)
    if found is None:
        name = f"{project} {branch}"
        raise unknown("watched branch", name, hint="/releases shows those that there are")
    return found
