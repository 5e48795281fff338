"""A browser: headless Chromium, spoken to over two pipes in its own protocol (CDP).

Not a fake but the real thing, kept here since several tests look through it. Nothing waits by
sleeping: each wait reads from the pipe until what it waits for comes, or its deadline passes.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foretaste.adapters.clock import SystemClock

DEADLINE = 30.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # it runs as root in CI, and sees pages of this test alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-pipe",
)
# The pipes' numbers are fixed by the browser.
BROWSER_READS, BROWSER_WRITES = 3, 4
HIGH = 10
KEYS = {"Tab": (9, ""), "Enter": (13, "\r")}
# More stops than any page here has.
FOCUSABLE = 200


def program() -> str | None:
    """Return where the browser is, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


NEEDED = pytest.mark.skipif(
    program() is None, reason="no Chromium on the path; apt-get install chromium brings one"
)
"""What a test that looks through a browser is marked with, beside `browser`."""


class BrowserError(Exception):
    """The browser refused, or did not answer in time."""


class Page:
    """One tab: what it shows can be asked by script, and what it complained of is kept."""

    def __init__(self, pipes: tuple[int, int]) -> None:
        self._write, self._read = pipes
        self._held = b""
        self._number = 0
        self._session = ""
        self._clock = SystemClock()
        self.events: list[dict[str, Any]] = []

    def attach(self) -> None:
        """Open the tab."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the size in CSS pixels, and the scheme that the reader prefers."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def scripts(self, *, allowed: bool) -> None:
        """Let pages run scripts, or not."""
        self._call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def goto(self, url: str) -> None:
        """Go to an address and wait until it has loaded."""
        self.events.clear()
        answer = self._call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise BrowserError(f"{url}: {answer['errorText']}")
        if "loaderId" in answer:
            self.await_event("Page.loadEventFired")

    def await_event(self, name: str) -> dict[str, Any]:
        """Wait for the next event of that name since the last `goto`."""
        deadline = self._clock.monotonic() + DEADLINE
        while True:
            for place, event in enumerate(self.events):
                if event["method"] == name:
                    del self.events[place]
                    return event
            self._receive(deadline)

    def ask(self, script: str) -> Any:
        """Return what an expression is worth in the page; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def await_truth(self, script: str) -> Any:
        """Wait until an expression is true in the page, looking at each drawn frame."""
        return self.ask(
            "new Promise((good, bad) => { const end = performance.now() + 15000;"
            f" const look = () => {{ const found = {script};"
            " if (found) good(found); else if (performance.now() > end) bad('too late');"
            " else setTimeout(look, 30); }; look(); })"
        )

    def text(self) -> str:
        """Return what the page says, also where scripts may not run in it."""
        document = self._call("DOM.getDocument", depth=-1)["root"]
        return " ".join(_texts(document))

    def forget(self) -> None:
        """Throw all cookies away."""
        self._call("Network.clearBrowserCookies")

    def type(self, text: str) -> None:
        """Type a text into the field that has the focus, or gets it.

        A page's own focus (`autofocus`) is set with a drawn frame, which may come after its load
        event: a text that is typed before goes nowhere.
        """
        deadline = self._clock.monotonic() + DEADLINE
        while "textbox" not in (node["role"]["value"] for node in self._focused()):
            if self._clock.monotonic() > deadline:
                raise BrowserError("no field has the focus")
        self._call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press a key: Tab or Enter."""
        code, text = KEYS[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def tab_to(self, label: str) -> None:
        """Press Tab until what has the focus is named so."""
        for _ in range(FOCUSABLE):
            self.press("Tab")
            if self._focus() == label:
                return
        raise BrowserError(f"the keyboard does not reach {label!r}")

    def _focus(self) -> str:
        """Return the name of what has the focus; the page itself has it too, and comes first."""
        names = [str(node["name"]["value"]) for node in self._focused() if "name" in node]
        return names[-1] if names else ""

    def _focused(self) -> list[dict[str, Any]]:
        """Return what has the focus, as a screen reader is told of it."""
        return [
            node
            for node in self._call("Accessibility.getFullAXTree")["nodes"]
            for each in node.get("properties", ())
            if each["name"] == "focused" and each["value"]["value"]
        ]

    def complaints(self) -> list[str]:
        """Return what went wrong in the page so far: errors, refusals by its policy."""
        self._call("Page.getFrameTree")
        logged = [
            event["params"]["entry"]["text"]
            for event in self.events
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error"
        ]
        thrown = [
            str(event["params"]["exceptionDetails"].get("exception", {}).get("description"))
            for event in self.events
            if event["method"] == "Runtime.exceptionThrown"
        ]
        return logged + thrown

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Save what is seen, or the whole page, as a PNG."""
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=whole, format="png")
        path.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = self._clock.monotonic() + DEADLINE
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self, deadline: float) -> dict[str, Any]:
        """Return the next message; events are kept as well."""
        while b"\0" not in self._held:
            left = deadline - self._clock.monotonic()
            ready, _, _ = select.select([self._read], [], [], max(0.0, left))
            if not ready:
                raise BrowserError("no answer in time")
            got = os.read(self._read, 2**16)
            if not got:
                raise BrowserError("the browser is gone")
            self._held += got
        text, _, self._held = self._held.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message


@contextlib.contextmanager
def opened() -> Iterator[Page]:
    """Run a browser of its own, with an empty profile, while the block runs."""
    found = program()
    assert found, "no browser is here"
    theirs_read, ours_write = map(_high, os.pipe())
    ours_read, theirs_write = map(_high, os.pipe())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        child = os.posix_spawn(
            found,
            [found, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            {**os.environ, "HOME": profile},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs_read, BROWSER_READS),
                (os.POSIX_SPAWN_DUP2, theirs_write, BROWSER_WRITES),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
        )
        os.close(theirs_read)
        os.close(theirs_write)
        try:
            page = Page((ours_write, ours_read))
            page.attach()
            yield page
        finally:
            os.close(ours_write)
            os.close(ours_read)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _texts(node: dict[str, Any]) -> Iterator[str]:
    """Yield the texts below a node of the document, in order."""
    if node["nodeName"] in {"SCRIPT", "STYLE", "HEAD"}:
        return
    if node["nodeName"] == "#text":
        yield node["nodeValue"].strip()
    for child in node.get("children", ()):
        yield from _texts(child)


def _high(descriptor: int) -> int:
    """Move a descriptor out of the way of the fixed numbers; it is not inherited as it is."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.close(descriptor)
    return moved
