// The page works without this. It counts the time down, looks for an outcome that is awaited, tells the shop once
// that a person is there, shows what a choice comes to, and keeps a button from being pressed twice.
"use strict";

(() => {
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const quietly = { cache: "no-store", credentials: "omit" };

  // --- time left: by the server's clock, for whoever looks every second, for whoever listens at four moments ---

  const told = [[DAY, "One day"], [HOUR, "One hour"], [10 * MINUTE, "Ten minutes"], [MINUTE, "One minute"]];

  const inWords = (left) => {
    const two = (count) => String(Math.floor(count)).padStart(2, "0");
    const days = Math.floor(left / DAY);
    const clock = `${two((left % DAY) / HOUR)}:${two((left % HOUR) / MINUTE)}:${two((left % MINUTE) / SECOND)}`;
    return days ? `${days} ${days === 1 ? "day" : "days"} ${clock}` : clock;
  };

  const countDown = (box) => {
    const ahead = Date.parse(box.dataset.now) - Date.now();
    const end = Date.parse(box.dataset.until) + SECOND; // the last second counts
    const show = document.getElementById("time-left");
    const say = document.getElementById("time-told");
    let timer, passed = null;
    const tick = () => {
      clearTimeout(timer);
      const left = end - (Date.now() + ahead);
      const now = told.filter(([mark]) => left <= mark).length;
      if (passed !== null && now > passed && left > 0) say.textContent = `${told[now - 1][1]} left to answer.`;
      passed = now;
      if (left <= 0) {
        show.textContent = "None";
        say.textContent = "The time to accept this quote has run out.";
        document.getElementById("time-over").hidden = false;
        return;
      }
      show.textContent = inWords(left);
      timer = setTimeout(tick, (left % SECOND) + 20);
    };
    box.hidden = false;
    tick();
    document.addEventListener("visibilitychange", tick); // a phone that slept is late
  };

  // --- an outcome that is awaited: 202 until it is there ---

  const awaitOutcome = (place) => {
    const address = place.dataset.awaits;
    let pause = SECOND;
    const show = async () => {
      if (!place.id) return location.replace(address);
      const page = await (await fetch(address, quietly)).text();
      const found = new DOMParser().parseFromString(page, "text/html").getElementById(place.id);
      // Beside forms that may hold typed text only the message is exchanged.
      return found ? place.replaceWith(document.adoptNode(found)) : location.replace(address);
    };
    const ask = async () => {
      try {
        const { status } = await fetch(address, { ...quietly, method: "HEAD" });
        if (status !== 202 && status < 500) return await show();
      } catch { /* no network: asked again */ }
      pause = Math.min(pause * 1.5, 5 * SECOND);
      return setTimeout(ask, pause);
    };
    setTimeout(ask, pause);
  };

  // --- a person is there: something that a program which only loads and scrolls pages does not do ---

  const confirmView = (address) => {
    // Not "scroll": a page that is scrolled by script fires it as trusted.
    const signs = ["pointerdown", "pointermove", "touchstart", "wheel", "keydown"];
    const listen = (how) => signs.forEach((sign) => window[how](sign, seen, { passive: true }));
    const seen = (event) => {
      if (!event.isTrusted || document.visibilityState !== "visible") return;
      if (event.type === "pointermove" && !event.movementX && !event.movementY) return;
      listen("removeEventListener");
      fetch(address, { ...quietly, method: "POST", keepalive: true }).catch(() => listen("addEventListener"));
    };
    listen("addEventListener");
  };

  // --- a form is sent once ---

  const sending = (form, on) => {
    const button = form.querySelector("button");
    if (on) button.dataset.says = button.textContent;
    button.textContent = on ? "Sending…" : button.dataset.says;
    button.toggleAttribute("data-sent", on);
    on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
  };

  document.addEventListener("submit", (event) => {
    if (event.target.querySelector("[data-sent]")) event.preventDefault();
    else sending(event.target, true);
  });
  window.addEventListener("pageshow", (event) => { // back to a page that the browser had kept
    if (event.persisted) document.querySelectorAll("form:has([data-sent])").forEach((form) => sending(form, false));
  });

  // --- a choice: the server says what it comes to, by the rules by which it is accepted ---

  const followChoice = (box) => {
    const form = document.getElementById("accept-form");
    const button = box.querySelector("button");
    const chosen = [...form.elements].filter((field) => field.name.startsWith("line-"));
    const sent = (name) => name.startsWith("line-") || name === "version" || name === "content_hash";
    let latest = 0;
    const byHand = (on) => {
      button.disabled = !on; // it would be the one that Enter presses
      button.parentElement.hidden = !on;
    };
    const show = async () => {
      const mine = ++latest;
      const body = new URLSearchParams([...new FormData(form)].filter(([name]) => sent(name)));
      try {
        const answer = await fetch(box.dataset.chooses, { ...quietly, method: "POST", body });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (mine !== latest) return;
        if (answer.status === 409 || answer.status === 410) return location.reload();
        for (const id of ["deal-price", "choice-told", "accept-told", "accept-button"]) {
          const part = page.getElementById(id);
          if (!part) throw new Error(id);
          document.getElementById(id).replaceChildren(...document.adoptNode(part).childNodes);
        }
        byHand(false);
      } catch {
        if (mine === latest) byHand(true); // no network: the button tries again
      }
    };
    byHand(false);
    chosen.forEach((field) => field.addEventListener("change", show));
    // A browser that comes back to a page keeps what was chosen, and not what followed.
    if (chosen.some((field) => field.checked !== field.defaultChecked)) show();
  };

  // --- a form that could not be stored: sent again by itself, as it stands, until its reader takes it in hand ---

  const repeat = (section) => {
    const form = section.querySelector("form");
    const says = document.getElementById("repeats");
    let pause = 5 * SECOND, mine = true;
    const release = (because) => {
      mine = false;
      says.textContent = because;
    };
    const send = async () => {
      if (!mine) return;
      try {
        const body = new URLSearchParams(new FormData(form));
        const { type, status } = await fetch(form.action, { ...quietly, method: "POST", redirect: "manual", body });
        if (!mine) return;
        if (type === "opaqueredirect" || status === 202) return location.replace(section.dataset.repeats);
        if (status < 500) return form.submit(); // the server says what to look at: sent once more, to see it
      } catch { /* no network: sent again */ }
      pause = Math.min(pause * 1.5, 30 * SECOND);
      setTimeout(send, pause);
    };
    says.hidden = false;
    says.textContent = "This page sends your answer again by itself for as long as it is open.";
    form.addEventListener("input", () => release("You have changed something: please send it yourself."), { once: true });
    form.addEventListener("submit", () => release("Sending…"));
    setTimeout(send, pause);
  };

  // --- a link to a folded form opens it ---

  const unfold = () => {
    const aim = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const fold = aim && (aim.querySelector(":scope > details") || aim.closest("details"));
    if (fold) fold.open = true;
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  const box = document.getElementById("countdown");
  if (box) countDown(box);
  document.querySelectorAll("[data-chooses]").forEach(followChoice);
  document.querySelectorAll("[data-awaits]").forEach(awaitOutcome);
  document.querySelectorAll("[data-repeats]").forEach(repeat);
  if (document.body.dataset.viewed) confirmView(document.body.dataset.viewed);
})();
