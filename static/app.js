/* Keys, the unit search and the key card. Without this file every button still works. */
"use strict";

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

function press(key) {
  const button = document.querySelector(`[data-key="${key}"]`);
  if (button) button.click();
  return Boolean(button);
}

function step(direction) {
  const links = [...document.querySelectorAll("#queue li a")];
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[here + direction];
  if (next) next.click();
  return Boolean(next);
}

function search() {
  const field = document.getElementById("find");
  if (field) field.focus();
  return Boolean(field);
}

function card() {
  const dialog = document.getElementById("keys");
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

const KEYS = { "/": search, "?": card, j: () => step(1), k: () => step(-1) };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const act = KEYS[event.key] || (/^[1-5nxu]$/.test(event.key) && (() => press(event.key)));
  if (act && act()) event.preventDefault();
});

/* The search among all units: letters narrow the list, Enter takes the first, Escape leaves. */
const plain = (text) => text.toLowerCase().trim();

function narrow(field) {
  const wanted = plain(field.value);
  const list = document.getElementById("all-units");
  const all = list.hasAttribute("data-all") && wanted === "";
  let shown = 0;
  for (const button of list.querySelectorAll("button.unit")) {
    const name = button.dataset.name;
    const fits = wanted !== "" && (name.startsWith(wanted) || name.includes(wanted));
    button.parentElement.hidden = !fits && !all;
    button.classList.toggle("chosen", fits && shown === 0);
    shown += fits ? 1 : 0;
  }
  list.querySelector(".none").hidden = wanted === "" || shown > 0;
  list.classList.toggle("open", wanted !== "" || all);
}

document.addEventListener("input", (event) => {
  if (event.target.id === "find") narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "find") return;
  if (event.key === "Escape") {
    event.target.value = "";
    narrow(event.target);
    event.target.blur();
  }
  if (event.key === "Enter") {
    event.preventDefault();
    const first = document.querySelector("#all-units .chosen");
    if (first) first.click();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-show]");
  if (opener) card();
});

/* A page that refreshes itself keeps open what the reader opened. */
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.target.hasAttribute("data-keep-open")) return;
  opened = [...event.target.querySelectorAll("details")].map((details) => details.open);
});
document.addEventListener("htmx:load", (event) => {
  if (!event.target.hasAttribute || !event.target.hasAttribute("data-keep-open")) return;
  event.target.querySelectorAll("details").forEach((details, n) => { details.open = Boolean(opened[n]); });
});

/* After a decision the reader is at the top of the next mail, and so is a screen reader. */
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig.verb !== "post") return;
  window.scrollTo(0, 0);
  const mail = document.getElementById("mail");
  if (mail) mail.focus({ preventScroll: true });
  const enquiry = document.getElementById("indhold").dataset.enquiry;
  if (enquiry) history.replaceState(null, "", `/visitering/${enquiry}`);
});

document.documentElement.classList.add("js");
document.addEventListener("htmx:load", () => {
  const field = document.getElementById("find");
  if (field) narrow(field);
});

/* The unit's page: rows open in place, j and k walk through them, f and r act on the one in view; practice has a d. */
{
  const cases = () => [...document.querySelectorAll("a.case-link")];
  const bodyOf = (link) => link.closest(".case").querySelector(".case-body");

  function mark() {
    for (const link of cases()) {
      const open = bodyOf(link).childElementCount > 0;
      link.setAttribute("aria-expanded", String(open));
      link.closest(".case").classList.toggle("open", open);
    }
  }

  function shut(link) {
    bodyOf(link).replaceChildren();
    mark();
    link.focus();
  }

  function current() {
    const here = document.activeElement.closest(".case");
    return here || document.querySelector(".case.open, .case.alone") || document.querySelector(".case");
  }

  function walk(direction) {
    const links = cases();
    const here = links.indexOf(document.activeElement.closest(".case")?.querySelector("a.case-link"));
    const next = links[here < 0 ? 0 : here + direction];
    if (next) next.focus();
  }

  function act(key) {
    const button = key === "d" ? document.querySelector(".practice [data-key=d]") : current()?.querySelector(`[data-case-key="${key}"]`);
    if (button) button.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!document.querySelector(".caseload, .practice") || document.querySelector("dialog[open]")) return;
    const open = document.activeElement.closest(".case.open") || document.querySelector(".case.open");
    if (event.key === "Escape" && open) shut(open.querySelector("a.case-link"));
    if (typing(event.target)) return;
    if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    if (/^[frd]$/.test(event.key)) {
      event.preventDefault();
      act(event.key);
    }
  });

  /* Before htmx sees it: a second click on an open row closes it. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.case-link[aria-expanded=true]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    shut(link);
  }, true);

  /* The list waits with refreshing itself while somebody writes in it. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "caseload" && event.target.querySelector("[data-busy]")) event.preventDefault();
  });
  document.addEventListener("htmx:load", mark);

  /* The row one is at stays where it is on the screen, though rows above it come and go. */
  let anchor = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.target.id === "caseload" && current();
    anchor = row ? { id: row.id, top: row.getBoundingClientRect().top } : null;
  });

  /* Nobody is moved to the top here, as one is after a decision in triage. */
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!document.querySelector("main.caseload")) return;
    event.stopPropagation();
    mark();
    const link = event.target.closest(".case")?.querySelector("a.case-link");
    if (link && document.activeElement === document.body) link.focus({ preventScroll: true });
    const row = anchor && document.getElementById(anchor.id);
    if (row) window.scrollBy(0, row.getBoundingClientRect().top - anchor.top);
    anchor = null;
  }, true);
}
