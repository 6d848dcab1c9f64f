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

/* Menus in the bar close on Escape and on a click elsewhere; without this they close by their own heading. */
const menus = () => document.querySelectorAll(".bar details[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const innermost = [...menus()].pop();
  if (event.key !== "Escape" || !innermost) return;
  innermost.open = false;
  innermost.querySelector("summary").focus();
});

/* What went wrong is told in one place, with a way to try again; what was typed stays where it is. */
const trouble = document.getElementById("trouble");
let again = null;

function tell(text, retry = null) {
  trouble.querySelector("p").textContent = text;
  trouble.hidden = false;
  again = retry;
  trouble.querySelector("button").hidden = !retry;
}

function settled() {
  trouble.hidden = true;
  again = null;
}

/* The same request once more, as the person or the page made it. */
function repeat({ elt, requestConfig }) {
  if (elt.matches("form")) return () => elt.requestSubmit(requestConfig.triggeringEvent.submitter);
  return () => htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt, target: requestConfig.target, swap: elt.getAttribute("hx-swap") });
}

trouble.querySelector("button").addEventListener("click", () => again && again());

/* A refusal that came as a page of its own is told; a fragment that tells it itself (409, 422) is swapped as ever. */
function refusal(xhr) {
  if (xhr.status < 400) return null;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const message = page.querySelector("[data-message]");
  return message && message.textContent.trim();
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const said = refusal(event.detail.xhr);
  if (said) event.detail.shouldSwap = false;
  if (said || event.detail.xhr.status >= 500) tell(said || trouble.dataset.failed, repeat(event.detail));
});

for (const cut of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(cut, (event) => {
    if (!offline) tell(trouble.dataset.unreachable, repeat(event.detail));
  });
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && !offline) settled();
});

/* Offline: nothing is sent until the line is back. The machine's word is checked, for Sluse may run on this very machine. */
let offline = false;

async function line() {
  const cut = !navigator.onLine && !(await fetch("/sundhed").then((answer) => answer.ok, () => false));
  if (cut === offline) return;
  offline = cut;
  document.documentElement.classList.toggle("offline", offline);
  document.querySelectorAll("[data-key]").forEach((button) => button.setAttribute("aria-disabled", String(offline)));
  if (offline) tell(trouble.dataset.offline);
  else settled();
}

window.addEventListener("offline", line);
window.addEventListener("online", line);
if (!navigator.onLine) line();

const held = (event) => {
  if (!offline || event.target.method === "dialog") return;
  event.preventDefault();
  event.stopImmediatePropagation();
};
document.addEventListener("submit", held, true);
document.addEventListener("htmx:confirm", (event) => {
  if (offline) event.preventDefault();
});

/* What changes by itself is spoken when it is something else than before: a list is not read aloud every five seconds. */
const spoken = () => [...document.querySelectorAll("[data-said]")].map((element) => element.textContent.trim()).join(" ");
let before = spoken();
document.addEventListener("htmx:afterSwap", () => {
  const now = spoken();
  if (now !== before) document.getElementById("said").textContent = now;
  before = now;
});
