"""The pages in a real browser: legible, live, and without scripts as complete as with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import browser
from tests.fakes.browser import Page
from tests.fakes.sample_gate import GATE, QUEUE, SampleGate, a_build

pytestmark = [pytest.mark.browser, browser.NEEDED]

At = Callable[[str], str]
PAGES = ("/", "/changes", "/changes/23", "/changes/19", "/builds/b3", "/builds/b7", "/projects",
         "/projects/flask", "/sign-in", "/nope", "/releases", "/releases/flask")  # fmt: skip
# WCAG 2.2, 1.4.3: the ratio of luminances of each text and what lies behind it, 4.5 or more; for
# large text 3. Grounds with transparency do not occur behind text here.
FAINT = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
    return [255, 255, 255]; };
  const found = []; let looked = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(); const e = walk.currentNode.parentElement;
    const box = e.getBoundingClientRect(); const style = getComputedStyle(e);
    if (!text || box.width < 2 || style.visibility === 'hidden') continue;
    const a = light(rgb(style.color)) + 0.05, b = light(ground(e)) + 0.05;
    const ratio = Math.max(a, b) / Math.min(a, b); looked += 1;
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${e.className}: ${text}`);
  }
  return {found, looked};
})()"""
BEYOND = """(() => { const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > wide + 1 && !e.closest('.shell, .skip'); })
    .map((e) => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40)); })()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_legible(
    page: Page, at: At, tmp_path: Path, path: str, width: int, *, dark: bool
) -> None:
    page.size(width, 900, dark=dark)
    page.goto(at(path))
    page.picture(tmp_path / "page.png")  # pytest keeps it for whoever wants to look

    faint = page.ask(FAINT)
    assert faint["looked"] > 5
    assert faint["found"] == []
    assert page.ask(BEYOND) == []
    assert page.ask("document.documentElement.scrollWidth <= innerWidth")
    assert [text for text in page.complaints() if "404" not in text] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_colour_of_a_log_is_legible(
    page: Page, at: At, sample: SampleGate, *, dark: bool
) -> None:
    inks = [*range(30, 38), *range(90, 98), *range(40, 48), *range(100, 108)]
    sample.logs["b3"] = b"".join(b"\x1b[%dmcolour %d\x1b[0m\n" % (ink, ink) for ink in inks)
    page.size(1280, 900, dark=dark)
    page.goto(at("/builds/b3"))

    assert page.ask("document.querySelectorAll('#lines span').length") == len(inks)
    assert page.ask(FAINT)["found"] == []


def test_the_gate_shows_what_changes_by_itself(page: Page, at: At, sample: SampleGate) -> None:
    page.goto(at("/"))
    page.await_truth("document.getElementById('news').textContent === 'Live.'")
    page.ask("document.querySelector('#item-23 h3 a').focus(); window.same = true")

    item = replace(QUEUE.items[3], state="failing", waiting_for="It failed just now.")
    items = (*QUEUE.items[:3], item, *QUEUE.items[4:])
    sample.gate_view = replace(GATE, running=1, queues=(replace(QUEUE, items=items),))
    sample.news.tell()

    page.await_truth("document.querySelector('#item-23').textContent.includes('just now')")
    assert page.ask("window.same"), "it was loaded anew"
    assert page.ask("document.activeElement === document.querySelector('#item-23 h3 a')")
    assert page.complaints() == []


def test_a_change_is_refreshed_by_its_own_news_only(page: Page, at: At, sample: SampleGate) -> None:
    page.goto(at("/changes/23"))
    page.await_truth("document.getElementById('news').textContent === 'Live.'")
    page.ask(
        "window.asked = 0; document.body.addEventListener('htmx:before:request',"
        " () => { window.asked += 1; })"
    )
    sample.known["23"] = replace(sample.known["23"], state="merged", why="It landed.")

    sample.news.tell("change", "99")
    sample.news.tell("change", "23")

    page.await_truth("document.querySelector('.verdict').textContent.includes('It landed.')")
    assert page.ask("window.asked") == 1


def test_a_growing_log_is_followed_to_its_end(page: Page, at: At, sample: SampleGate) -> None:
    sample.logs["b7"] = b"\x1b[32mfirst\nhal"
    page.goto(at("/builds/b7"))
    assert page.ask("document.querySelector('#lines .partial').textContent") == "2hal"

    sample.logs["b7"] += b"f\n" + b"more\n" * 2_500
    page.await_truth("document.getElementById('L2502')")
    sample.made["b7"] = replace(sample.made["b7"], state="passed", log_size=1)
    sample.logs["b7"] += b"last"
    sample.news.tell("build", "b7")
    page.await_truth("document.getElementById('follow').textContent === 'End of the log.'")

    assert page.ask("document.getElementById('L2').textContent") == "2half"
    assert page.ask("document.querySelector('#L2 span').className") == "c2"
    assert page.ask("document.querySelectorAll('#lines .block').length") == 3
    assert page.ask("document.querySelectorAll('#lines .block.full').length") == 2
    assert page.ask("document.querySelector('#lines').lastElementChild.lastElementChild.id") == (
        "L2503"
    )
    page.await_truth("document.querySelector('.verdict .state').textContent === 'passed'")
    assert page.ask("scrollY > 0"), "the page did not follow"
    size = f"{len(sample.logs['b7']) / 1024:.1f} KiB"
    assert page.ask("document.getElementById('logsize').textContent") == size


def test_a_line_can_be_pointed_at(page: Page, at: At) -> None:
    page.goto(at("/builds/b3#L4"))

    lit = page.ask("getComputedStyle(document.getElementById('L4')).backgroundColor")
    assert lit != page.ask("getComputedStyle(document.getElementById('L3')).backgroundColor")
    assert page.ask("document.querySelector('#L4 a').getAttribute('href')") == "#L4"


def test_a_hundred_thousand_lines_lay_out_what_is_in_sight(
    page: Page, at: At, sample: SampleGate
) -> None:
    sample.logs["b1"] = b"".join(
        b"tests/test_%05d.py::test_it \x1b[32mPASSED\x1b[0m\n" % number for number in range(100_000)
    )
    page.goto(at("/builds/b1#L54321"))

    hidden = page.ask(
        "[...document.querySelectorAll('.block')].filter((block) =>"
        " !block.firstElementChild.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert page.ask("document.querySelectorAll('.block > div').length") == 100_000
    assert hidden > 90
    assert page.ask("Math.abs(document.getElementById('L54321').getBoundingClientRect().top)") < 900
    took = page.ask(
        "new Promise((good) => { const begun = performance.now();"
        " document.getElementById('L90000').scrollIntoView();"
        " requestAnimationFrame(() => requestAnimationFrame("
        "() => good(performance.now() - begun))); })"
    )
    assert took < 3_000, "half a minute of layout is the failure; a busy machine is not"


def test_without_scripts_everything_is_there(page: Page, at: At, sample: SampleGate) -> None:
    page.scripts(allowed=False)
    page.goto(at("/"))
    seen = page.text()
    assert "Remove the deprecated url_quote" in seen
    assert "failing" in seen

    page.goto(at("/builds/b3"))
    assert "ImportError: cannot import name 'url_decode'" in page.text()

    page.goto(at("/changes/24"))
    assert "Nobody has approved revision 1 yet." in page.text()
    assert not sample.submitted


def test_a_person_signs_in_and_approves_with_the_keyboard(
    page: Page, at: At, sample: SampleGate
) -> None:
    page.scripts(allowed=False)
    page.goto(at("/sign-in?next=/changes/24"))
    page.type("ada-token")
    page.press("Enter")
    page.await_event("Page.loadEventFired")
    assert "Approve revision 1" in page.text()

    page.tab_to("Approve revision 1")
    page.press("Enter")
    page.await_event("Page.loadEventFired")

    assert [type(intent).__name__ for intent in sample.submitted] == ["Approve"]
    assert page.complaints() == []


def test_the_first_key_leads_past_the_frame(page: Page, at: At) -> None:
    page.goto(at("/"))

    page.press("Tab")

    assert page.ask("document.activeElement.textContent") == "Skip to the content"
    assert page.ask("document.activeElement.getBoundingClientRect().left") >= 0


def test_a_wide_word_does_not_widen_the_page(page: Page, at: At, sample: SampleGate) -> None:
    wide = "x" * 400
    sample.known["24"] = replace(sample.known["24"], subject=wide, why=wide, topic=wide)
    sample.made["b1"] = a_build("b1", label=wide, failed=(wide,), why=wide)
    sample.logs["b1"] = wide.encode() * 20
    page.size(390, 900)
    for path in ("/changes/24", "/builds/b1", "/changes"):
        page.goto(at(path))
        assert page.ask("document.documentElement.scrollWidth <= innerWidth"), path
