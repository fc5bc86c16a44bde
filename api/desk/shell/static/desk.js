// What makes the desk quicker. Every page works without it.
"use strict";

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");

// One key, or `g` and the letter of a page.
let goes = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = CSS.escape(event.key);
  const aim = document.querySelector(goes ? `[data-go="${key}"]` : `[aria-keyshortcuts="${key}"]`);
  goes = !goes && event.key === "g";
  if (!aim) return;
  event.preventDefault();
  if (aim.matches("input")) aim.select();
  else aim.click();
});

// A link that opens a dialog instead of the page that has the same in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]");
  const dialog = link && document.getElementById(link.dataset.opens);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
  }
  const who = document.querySelector("details.who[open]");
  if (who && (dialog || !who.contains(event.target))) who.open = false;
});
document.addEventListener("keydown", (event) => {
  const who = event.key === "Escape" && document.querySelector("details.who[open]");
  if (who) {
    who.open = false;
    who.querySelector("summary").focus();
  }
});

// A form that was sent is not sent twice by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches("[hx-post]") || event.submitter?.formTarget) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// What is shown once is copied by a button, where the browser lets a page do so.
for (const button of document.querySelectorAll("button[data-copies]")) {
  if (!navigator.clipboard) break;
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      field.select();
      said.textContent = "It is selected: copy it by hand.";
    }
  });
}

// Parts of a page that follow by themselves say so when they no longer can, and when they can again.
const tell = (text) => {
  const trouble = document.getElementById("trouble");
  if (!trouble) return;
  trouble.textContent = text;
  trouble.hidden = !text;
};
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.shouldSwap) return;
  tell(detail.xhr.status === 401
    ? "Your session has ended. Send what you have typed, or open a page: after signing in, it is there again."
    : detail.isError ? "This page cannot be brought up to date right now. It tries again." : "");
  detail.isError = false; // it is told, and need not stand in the console
});
document.addEventListener("htmx:sendError", () => tell("The server cannot be reached right now. This page tries again."));
document.addEventListener("htmx:afterSwap", () => tell(""));

// Where something is wrong, one goes on at the first field that is; where no field is, the words are read first.
const goToWrong = (root) => {
  const notice = root.querySelector(".notice.bad");
  const named = [...(notice?.querySelectorAll("a[href^='#']") ?? [])].map((link) => document.getElementById(link.hash.slice(1)));
  const first = named.filter(Boolean).sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))[0];
  const field = first?.matches("input, select, textarea") ? first : first?.querySelector("input:not([type=hidden]), select, textarea");
  const aim = field ?? first ?? notice;
  aim?.focus();
  return aim;
};
goToWrong(document);
