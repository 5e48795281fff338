/* Keeps a page as the gate is: refreshes it when an event concerns it, and follows a log.
   Without it every page is whole; it is only as old as its last load. */
"use strict";

(() => {
  const news = document.getElementById("news");
  const say = (text) => { if (news) news.textContent = text; };

  /* --- refresh --- */

  const QUIET = 250; // milliseconds: what happens at once is shown at once, and only once
  const APART = 1000;
  let due = 0;
  let last = 0;

  const refresh = () => {
    due = 0;
    last = performance.now();
    const live = document.getElementById("live");
    if (live && window.htmx) window.htmx.trigger(live, "refresh");
  };

  const soon = () => {
    if (due) return;
    const since = performance.now() - last;
    due = window.setTimeout(refresh, Math.max(QUIET, APART - since));
  };

  const concerns = (notice) => {
    const live = document.getElementById("live");
    const wanted = (live?.dataset.live ?? "").split(" ");
    const name = notice.subject ? `${notice.kind}:${notice.subject}` : notice.kind;
    return wanted.includes(name);
  };

  /* One connection for each page in sight: a browser has only six for one host. */
  let source = null;
  let seen = false;

  const listen = () => {
    if (source || document.hidden || !document.getElementById("live")) return;
    source = new EventSource("/api/v1/events");
    for (const kind of ["gate", "change", "build"]) {
      source.addEventListener(kind, (event) => { if (concerns(JSON.parse(event.data))) soon(); });
    }
    source.addEventListener("open", () => {
      say("Live.");
      if (seen) soon(); // something may have happened while nobody listened
      seen = true;
    });
    source.addEventListener("error", () => {
      say("Not live: the gate does not answer.");
      if (source?.readyState === EventSource.CLOSED) { silence(); window.setTimeout(listen, 5000); }
    });
  };

  const silence = () => { source?.close(); source = null; };

  document.addEventListener("visibilitychange", () => (document.hidden ? silence() : listen()));
  window.addEventListener("pagehide", silence);
  window.addEventListener("pageshow", listen);

  /* --- a log that grows --- */

  const BLOCK = 1000;
  const lines = document.getElementById("lines");
  const mark = document.getElementById("follow");
  const following = document.getElementById("following");
  const box = following?.querySelector("input");

  const add = (html) => {
    const parsed = document.createElement("template");
    parsed.innerHTML = html; // made by the gate, every text in it escaped
    lines.querySelector(".partial")?.remove();
    for (const row of [...parsed.content.children]) {
      let block = lines.lastElementChild;
      if (!block || block.childElementCount >= BLOCK) {
        block?.classList.add("full");
        block = document.createElement("div");
        block.className = "block";
        lines.append(block);
      }
      block.append(row);
    }
  };

  const told = (bytes) => {
    const size = document.getElementById("logsize");
    if (size) size.textContent = bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
  };

  const ask = async () => {
    const { build, offset, line, style } = mark.dataset;
    const query = new URLSearchParams({ offset, line, style });
    const answer = await fetch(`/builds/${build}/tail?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    add(await answer.text());
    told(Number(answer.headers.get("X-Log-Size")));
    for (const name of ["offset", "line", "style", "done"]) {
      mark.dataset[name] = answer.headers.get(`X-Log-${name}`);
    }
    return answer.headers.get("X-Log-More") === "true";
  };

  const follow = async () => {
    if (mark.dataset.done === "true") {
      mark.textContent = "End of the log.";
      following?.setAttribute("hidden", "");
      return;
    }
    let more = false;
    if (!document.hidden) {
      try {
        more = await ask();
        if (box?.checked) mark.scrollIntoView({ block: "end" });
      } catch {
        say("Not live: the gate does not answer.");
      }
    }
    window.setTimeout(follow, more ? 0 : 1000);
  };

  /* --- begin --- */

  listen();
  if (lines && mark && mark.dataset.done === "false") {
    document.getElementById("reload")?.remove();
    following?.removeAttribute("hidden");
    if (box && window.location.hash) box.checked = false;
    follow();
  }
  /* Looking back up means reading: stop following; the box says so. */
  window.addEventListener("wheel", (event) => { if (box && event.deltaY < 0) box.checked = false; }, { passive: true });
})();
