"""Answers: views as JSON, problems as JSON or as a page, and the headers that all of them carry."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from foretaste.web.problems import Problem
from foretaste.web.rendering import render
from foretaste.web.visitor import Visitor, visitor_of

# No inline script or style, nothing from elsewhere, no frame around or inside, forms to us only.
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " frame-src 'none'; object-src 'none'"
)
# With `no-referrer` a browser would send `Origin: null` with our own forms, and we check it.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Where programs ask: these get every error as JSON.
PROGRAMS = ("/api", "/healthz", "/metrics")


class Shown(JSONResponse):
    """JSON in plain ASCII, so that no text of a job or a commit can fail to be encoded."""

    def render(self, content: Any) -> bytes:  # noqa: ANN401  (whatever JSON can hold)
        """Write the content as JSON."""
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def shown(view: Any) -> Shown:  # noqa: ANN401  (any view)
    """Answer with one view as it is: its field names are the keys."""
    return Shown(dataclasses.asdict(view))


def listed(name: str, views: tuple[Any, ...]) -> Shown:
    """Answer with a list of views under the one key `name`."""
    return Shown({name: [dataclasses.asdict(view) for view in views]})


def answer_problem(request: Request, problem: Problem) -> Response:
    """Answer with a problem, as JSON to programs and as a page to people."""
    headers = {**HEADERS, **problem.headers}
    if request.url.path.startswith(PROGRAMS):
        return Shown(problem.body, status_code=problem.status, headers=headers)
    # Whoever comes by another name of ours has no business with cookies of this one.
    known = problem.status != HTTPStatus.MISDIRECTED_REQUEST
    visitor = visitor_of(request) if known else Visitor()
    text = render(
        "error.html", problem=problem, who=visitor.who, csrf=visitor.csrf, here=request.url.path
    )
    return HTMLResponse(text, status_code=problem.status, headers=headers)
