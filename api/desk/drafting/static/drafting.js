// Prices as one types, lines that come and go without a new page. Everything here works without it too.
"use strict";

(() => {
  const PAUSE = 350;
  const page = (text) => new DOMParser().parseFromString(text, "text/html");
  const open = (root) => [...root.querySelectorAll("details[open][id]")].map((each) => each.id);
  const reopen = (ids) => ids.forEach((id) => { const each = document.getElementById(id); if (each) each.open = true; });

  // What was typed, without files: they go along when a button is pressed.
  const typed = (form) => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };

  const asks = (address, more) => fetch(address, { credentials: "same-origin", cache: "no-store", ...more });

  // --- prices as one types ---

  const pricing = (form) => {
    let timer, latest = 0, signedOut = false;
    const price = async () => {
      const mine = ++latest;
      try {
        const answer = await asks(form.dataset.prices, { method: "POST", body: typed(form) });
        if (mine !== latest || !form.isConnected) return;
        const total = document.getElementById("total");
        if (answer.redirected || !answer.ok) {
          total?.classList.add("stale");
          signedOut = answer.redirected;
          if (signedOut) total?.append(" You are signed out. Press a button to sign in again: what you typed is kept.");
          return;
        }
        const found = page(await answer.text());
        if (mine !== latest) return;
        const were = open(form);
        for (const each of found.querySelectorAll("[data-live]")) document.getElementById(each.id)?.replaceWith(document.adoptNode(each));
        reopen(were);
      } catch { document.getElementById("total")?.classList.add("stale"); }
    };
    return () => {
      clearTimeout(timer);
      if (!signedOut) timer = setTimeout(price, PAUSE);
    };
  };

  // --- customers as one types ---

  const finding = (input) => {
    let timer, latest = 0;
    const news = document.getElementById("new-customer");
    const find = async () => {
      const mine = ++latest;
      try {
        const answer = await asks(`${input.dataset.finds}?q=${encodeURIComponent(input.value)}`);
        const found = page(await answer.text()).querySelector("[data-matches]");
        if (found && mine === latest) document.querySelector("[data-matches]")?.replaceWith(document.adoptNode(found));
      } catch { /* without an answer the customers stay that are shown */ }
    };
    // Who was looked for and is not there is called so.
    const begin = () => {
      const name = news?.querySelector("[name='new_customer.name']");
      if (!name) return;
      news.open = true;
      name.value ||= input.value.trim();
      name.focus();
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, PAUSE);
    });
    input.addEventListener("keydown", async (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      clearTimeout(timer);
      await find();
      const found = document.querySelectorAll("[data-matches] button");
      if (found.length === 1) found[0].click();
      else if (found.length) found[0].focus();
      else begin();
    });
    news?.querySelector("summary").addEventListener("click", (event) => {
      if (news.open) return;
      event.preventDefault();
      begin();
    });
  };

  // --- the form comes back with what its button did, in place ---

  const attend = (form) => {
    const again = pricing(form);
    form.addEventListener("input", (event) => { if (!event.target.matches("[data-finds], [type=file]")) again(); });
    form.addEventListener("input", ({ target }) => {
      const title = /^lines\.\d+\.description$/.test(target.name) && target.closest("fieldset").querySelector(".line-title");
      if (title && target.value.trim()) title.textContent = target.value.trim().split("\n")[0];
    });
    for (const input of form.querySelectorAll("[data-finds]")) finding(input);
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (!button || ["save", "send"].includes(button.value)) return;
      event.preventDefault();
      event.stopPropagation();
      const data = new FormData(form);
      data.set("do", button.value);
      const sent = new Map([...form.elements].map((each) => [each, each.value]));
      try {
        const answer = await asks(form.action, { method: "POST", body: data });
        if (answer.redirected) return void location.assign(answer.url);
        const fresh = page(await answer.text()).getElementById("draft");
        if (!fresh) throw new Error("no form");
        const were = open(form);
        const late = typedMeanwhile(sent, button);
        form.replaceWith(document.adoptNode(fresh));
        reopen(were);
        attend(fresh);
        const there = late.map(([id, value]) => keep(document.getElementById(id), value)).filter(Boolean);
        if (!there.length) return goOn(fresh);
        there.at(-1).focus();
        there.at(-1).dispatchEvent(new Event("input", { bubbles: true }));
      } catch {
        HTMLFormElement.prototype.submit.call(withButton(form, button));
      }
    });
  };

  // What was typed while the answer was on its way stays; not where lines were numbered anew.
  const typedMeanwhile = (sent, button) => /^(remove|up|down|copy|raise)/.test(button.value) ? []
    : [...sent].filter(([each, was]) => each.id && each.type !== "file" && each.value !== was).map(([each]) => [each.id, each.value]);
  const keep = (field, value) => {
    if (field) field.value = value;
    return field;
  };

  const withButton = (form, button) => {
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", button.name, button.value];
    form.append(field);
    return form;
  };

  // Where one goes on typing.
  const goOn = (form) => {
    if (goToWrong(form)) return;
    const place = document.getElementById(form.dataset.focus);
    const target = (place?.matches("fieldset, div") ? place.querySelector("textarea, input:not([type=hidden]), select") ?? place : place);
    target?.focus();
  };

  document.documentElement.classList.add("scripted");
  const draft = document.getElementById("draft");
  if (draft) attend(draft);
  for (const input of document.querySelectorAll("[data-finds]")) {
    if (!draft) finding(input);
    if (!input.value && !document.querySelector("main .notice")) input.focus();
  }

  // --- the preview follows what is typed ---

  const sending = document.getElementById("sending");
  if (sending) {
    let timer, shown = sending.querySelector(".switch [aria-pressed=true]");
    const buttons = [...sending.querySelectorAll(".switch button[formtarget=preview]")];
    for (const button of buttons) button.addEventListener("click", () => {
      shown = button;
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
    });
    sending.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => shown && sending.requestSubmit(shown), 2 * PAUSE);
    });
  }
})();
