// A page that follows its quote: it hears of a change, and takes over what changed. It works without, by reloading.
"use strict";

{
  const region = document.querySelector("[data-follow]");
  const seldom = 15000;
  const aMinute = 60000; // so long stands what somebody has just done, also where an email that goes out changes the page at once
  let source = null;
  let timer = null;
  let asked = null;

  const address = () => {
    const to = new URL(location.href);
    if (performance.now() > aMinute || to.searchParams.get("done") === "received") to.searchParams.delete("done");
    to.hash = "";
    if (region.dataset.seen) to.searchParams.set("seen", region.dataset.seen);
    return to;
  };

  const isBusy = () => {
    const active = document.activeElement;
    return region.contains(active) && active.matches("input, textarea, select");
  };

  const take = async () => {
    if (asked) {
      asked.again = true;
      return;
    }
    asked = { again: false };
    try {
      const answer = await fetch(address(), { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.redirected) return listen(false); // signed out: the page stays as it is until somebody goes on
      const other = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = other.getElementById(region.id);
      if (!fresh || isBusy()) return;
      region.dataset.live = fresh.dataset.live; // what it has seen, for when it listens anew
      replace(fresh, other.title);
    } catch {
      // away: the next change, or the next look, brings it
    } finally {
      const { again } = asked;
      asked = null;
      if (again) take();
    }
  };

  // What somebody has unfolded stays so, and the focus stays where it was.
  const replace = (fresh, title) => {
    const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
    const active = region.contains(document.activeElement) ? document.activeElement : null;
    const at = active && (active.id ? `#${CSS.escape(active.id)}` : active.getAttribute("href") && `[href="${CSS.escape(active.getAttribute("href"))}"]`);
    region.replaceChildren(...fresh.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (at) region.querySelector(at)?.focus({ preventScroll: true });
    document.title = title;
  };

  const listen = (on) => {
    source?.close();
    clearInterval(timer);
    source = timer = null;
    if (!on) return;
    source = new EventSource(region.dataset.live);
    source.addEventListener("changed", take);
    source.addEventListener("over", () => listen(false));
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) timer ??= setInterval(take, seldom);
    });
  };

  if (region && window.EventSource) {
    // A hidden tab listens to nothing: a browser has few connections to one server.
    document.addEventListener("visibilitychange", () => {
      listen(!document.hidden);
    });
    window.addEventListener("pagehide", () => listen(false));
    window.addEventListener("pageshow", () => {
      listen(!document.hidden);
    });
  }
}
