"""The application: everything of the web face put together for one desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from foretaste import __version__
from foretaste.ports.errors import PortError
from foretaste.service.faces import Desk
from foretaste.web import acts, api, forms, pages, releases
from foretaste.web.answers import Shown, answer_problem
from foretaste.web.figures import GateCollector
from foretaste.web.problems import BUG, Problem, from_http, from_port, from_validation
from foretaste.web.rendering import STATIC
from foretaste.web.shield import Shield
from foretaste.web.stream import Hub, StreamLimits
from foretaste.web.visitor import Forms, desk_of

# Static files are asked for by the digest of their content, so they never change.
KEPT = "public, max-age=31536000, immutable"
LIMITS = StreamLimits()


class StaticFolder(StaticFiles):
    """Our own style sheet and scripts, which browsers may keep."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = KEPT
        return answer


def create_app(
    desk: Desk,
    *,
    hosts: Iterable[str],
    mounts: Mapping[str, ASGIApp] | None = None,
    limits: StreamLimits = LIMITS,
    registry: CollectorRegistry | None = None,
) -> FastAPI:
    """Make the web face of one gate.

    `hosts` are the names under which it may be asked (no ports; IPv6 in brackets), `mounts` other
    applications by path prefix, which do their own caps and rights. Given a `registry`, the
    gate's figures are added to it; else it gets one of its own.
    """
    app = FastAPI(
        title="Foretaste",
        version=__version__,
        summary="The gate's API: views to read, intents to send, events to follow.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.forms = Forms()
    app.state.hub = hub = Hub(desk.feed, limits)
    app.state.registry = registry = registry or CollectorRegistry()
    registry.register(GateCollector(desk.figures, lambda: hub.listening))
    for router in (
        api.router,
        acts.router,
        releases.programs,
        pages.router,
        releases.people,
        forms.router,
    ):
        app.include_router(router)
    app.add_api_route("/healthz", health, include_in_schema=False)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    app.mount("/static", StaticFolder(directory=STATIC))
    for prefix, mounted in (mounts or {}).items():
        app.mount(prefix, mounted)
    app.add_middleware(Shield, hosts=tuple(hosts), free=tuple(mounts or {}))
    _answer_errors(app)
    return app


def health(request: Request) -> Response:
    """Tell whether the gate can work: 200, or 503 with the reason."""
    trouble = desk_of(request).trouble()
    if trouble:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return Shown({"status": "trouble", "why": trouble}, status_code=status)
    return Shown({"status": "ok"})


def metrics(request: Request) -> Response:
    """Tell the figures, in Prometheus' text format."""
    text = generate_latest(request.app.state.registry)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _answer_errors(app: FastAPI) -> None:
    """Answer everything that can go wrong in the one shape."""

    @app.exception_handler(Problem)
    def _problem(request: Request, error: Problem) -> Response:
        return answer_problem(request, error)

    @app.exception_handler(PortError)
    def _port(request: Request, error: PortError) -> Response:
        return answer_problem(request, from_port(error))

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        return answer_problem(request, from_validation(error))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return answer_problem(request, from_http(error))

    @app.exception_handler(Exception)
    def _bug(request: Request, _: Exception) -> Response:
        return answer_problem(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, BUG))
