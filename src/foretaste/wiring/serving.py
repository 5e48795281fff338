"""Serving: a gate behind HTTP, with its pages, its API and git, in one process."""

from __future__ import annotations

import contextlib
import ipaddress
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from foretaste.adapters.receive.application import Forge
from foretaste.adapters.receive.gate import Gate as PushGate
from foretaste.core.names import ChangeId, Ref
from foretaste.ports.errors import UserError
from foretaste.service.access import Principal, Role, token_of
from foretaste.service.faces import Desk, NotWatched
from foretaste.service.intents import Answer, Intent, Propose
from foretaste.service.notices import StoreFeed
from foretaste.service.starts import Say, ServeOptions
from foretaste.service.watch.watcher import Watcher
from foretaste.wiring.gatechecks import means_of
from foretaste.wiring.house import House, open_house
from foretaste.wiring.journal import journal
from foretaste.wiring.layout import Layout
from foretaste.wiring.watching import watcher_of, watching


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guard:
    """Knows holders of tokens, with the roles that the gate's settings give them besides."""

    house: House

    def authenticate(self, token: str) -> Principal | None:
        """Return whose token it is; None where it is unknown, revoked or expired."""
        found = self.house.access.authenticate(token)
        if found is None:
            return None
        names = self.house.settings.now().roles(found.name)
        more = frozenset(role for role in Role if role.value in names)
        return Principal(name=found.name, roles=found.roles | more)


class Front:
    """What a gate shows to the network: one application, and the pushes behind it."""

    def __init__(self, house: House, url: str, watcher: Watcher | None = None) -> None:
        self.house = house
        self.url = url
        self.guard = _Guard(house=house)
        self.forge = Forge(house.shelf, house.layout.directory, self._push_gate())
        self.desk = Desk(
            queries=house.queries,
            submit=self.submit,
            guard=self.guard,
            read_log=house.builds.read_log,
            read_artefact=house.builds.read_artefact,
            feed=StoreFeed(house.store, house.gate.wait),
            figures=house.tally.figures,
            trouble=house.trouble,
            watch=watcher or NotWatched(),
        )

    def submit(self, intent: Intent) -> Answer:
        """Ask the gate for something and wait for its answer."""
        return self.together((intent,))[0]

    def together(self, intents: tuple[Intent, ...]) -> tuple[Answer, ...]:
        """Ask the gate for several things, all or none of them."""
        return self.house.ask(intents)

    def _push_gate(self) -> PushGate:
        house = self.house
        return PushGate(
            authenticate=self._authenticate,
            propose=self.submit,
            propose_together=self._propose_together,
            describe=self._describe,
            guarded=lambda project: {ref.branch for ref in _refs(house, project)},
            projects=lambda: {each.name for each in house.settings.now().projects},
            moved=house.moved,
            unreleased=house.dependencies.find,
            lands_unreleased=house.lands_unreleased,
        )

    def _propose_together(self, proposals: tuple[Propose, ...]) -> tuple[Answer, ...]:
        return self.together(proposals)

    def _authenticate(self, header: str) -> Principal | None:
        token = token_of(header)
        return None if token is None else self.guard.authenticate(token)

    def _describe(self, change: ChangeId) -> tuple[str, str]:
        view = self.house.queries.change(change)
        sentence = "" if view is None else f"{view.state}: {view.why}"
        return sentence, f"{self.url}/changes/{change}"


def _refs(house: House, project: str) -> tuple[Ref, ...]:
    settings = house.settings.now()
    return tuple(ref for each in settings.projects if each.name == project for ref in each.refs)


def check_address(options: ServeOptions) -> None:
    """Refuse to send tokens in the clear over a network, unless told to.

    Raises:
        UserError: the address is not loopback and there is no TLS, or TLS cannot be had with
            these files.
    """
    if options.tls_cert is not None:
        _check_certificate(options.tls_cert, options.tls_key)
        return
    if options.insecure_bind or _loopback(options.host):
        return
    raise UserError(
        "FT504",
        f"{options.host} can be reached from other machines, and tokens would go there in clear",
        hint="give --tls-cert and --tls-key, or --insecure-bind behind a proxy that does TLS",
    )


def _check_certificate(certificate: Path, key: Path | None) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        raise UserError(
            "FT511",
            f"TLS cannot be had with these files: {error}",
            where=f"{certificate}, {key}",
            hint="give a certificate with its chain and its private key, both in PEM",
        ) from error


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(options: ServeOptions) -> socket.socket:
    """Take the port, before anything else is begun.

    Raises:
        UserError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((options.host, options.port))
    except OSError as error:
        listening.close()
        where = f"{options.host}:{options.port}"
        hint = "another gate may be running there; choose another with --port, 0 takes a free one"
        raise UserError("FT505", f"cannot listen: {error}", where=where, hint=hint) from error
    return listening


def url_of(options: ServeOptions, listening: socket.socket) -> str:
    """Return where the gate is reached."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    scheme = "http" if options.tls_cert is None else "https"
    return f"{scheme}://{host}:{listening.getsockname()[1]}"


def hosts_of(options: ServeOptions) -> list[str]:
    """Return the names under which the gate may be asked; a page elsewhere cannot make up others.

    On an address that is not loopback the machine's own name counts too.
    """
    own = f"[{options.host}]" if ":" in options.host else options.host
    names = ["127.0.0.1", "localhost", "[::1]", own]
    return names if _loopback(options.host) else [*names, socket.gethostname(), socket.getfqdn()]


class MakeApp(Protocol):
    """Makes the web face of a gate; faces stand above this layer, so it is handed in."""

    def __call__(self, desk: Desk, *, hosts: list[str], mounts: Mapping[str, ASGIApp]) -> ASGIApp:
        """Return the application; `hosts` are the names under which it may be asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What a gate is served with: the maker of its pages, and the socket that they are on."""

    make_app: MakeApp
    listening: socket.socket


class _Http(uvicorn.Server):
    """A server that says when it answers, and that leaves signals to whoever runs it."""

    def __init__(self, config: uvicorn.Config, up: Callable[[], None]) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.started:
            self._up()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: raised anew after serving, one would end the process before its builds."""
        yield


class Server:
    """A gate behind HTTP."""

    def __init__(
        self, house: House, options: ServeOptions, web: Web, watcher: Watcher | None = None
    ) -> None:
        self.url = url_of(options, web.listening)
        self.house = house
        self.watcher = watcher
        self.front = Front(house, self.url, watcher)
        self._listening = web.listening
        hosts, mounts = hosts_of(options), {"/git": self.front.forge}
        config = uvicorn.Config(
            web.make_app(self.front.desk, hosts=hosts, mounts=mounts),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            ssl_certfile=None if options.tls_cert is None else str(options.tls_cert),
            ssl_keyfile=None if options.tls_key is None else str(options.tls_key),
        )
        self.http = _Http(config, lambda: house.layout.announce(self.url))

    def run(self) -> None:
        """Serve until told to stop, by a signal or by `stop`."""
        self.front.forge.start()
        self.house.start()
        try:
            with watching(self.watcher):
                self.http.run(sockets=[self._listening])
        finally:
            self.house.layout.address.unlink(missing_ok=True)
            self.front.forge.close()

    def stop(self) -> None:
        """Stop serving soon."""
        self.http.should_exit = True


def serve(options: ServeOptions, make_app: MakeApp, say: Say) -> None:
    """Run a gate until it is interrupted, and end everything of it then.

    Raises:
        UserError: it cannot be served so.
        PermanentError: what it needs is not there.
        KeyboardInterrupt: it was interrupted, by SIGINT.
    """
    check_address(options)
    # What this process holds in memory, tokens among it, is not left in a file when it crashes.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    layout = Layout(directory=options.directory.absolute())
    layout.make()
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listen(options))
        stack.enter_context(journal(layout.journal))
        ending = stack.enter_context(_Ending.of_process())
        house = open_house(options)
        stack.callback(house.close)
        watcher = None if options.offline else watcher_of(house, means_of(house, options))
        server = Server(house, options, Web(make_app=make_app, listening=listening), watcher)
        say(f"the gate is at {server.url}; everything of it lies in {house.layout.directory}")
        say(f"a token that may do everything is in {house.layout.admin_token}")
        ending.act = server.stop
        if not ending.asked:
            server.run()
    if ending.asked == signal.SIGINT:
        raise KeyboardInterrupt


@dataclass(slots=True)
class _Ending:
    """How the process is asked to end: SIGINT or SIGTERM, again where the first is too slow."""

    asked: int = 0
    act: Callable[[], None] | None = None

    def take(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal; a second one ends the process at once, which loses nothing either."""
        if self.asked:
            sys.exit(128 + number)
        self.asked = number
        if self.act is not None:
            self.act()

    @classmethod
    @contextlib.contextmanager
    def of_process(cls) -> Iterator[_Ending]:
        """Take the signals of this process while inside."""
        ending = cls()
        before = {
            number: signal.signal(number, ending.take) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield ending
        finally:
            for number, old in before.items():
                signal.signal(number, old)
