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

/* Search and the list of enquiries: "/" to the search field where a page has no search of its own, j and k along the list, g to triage. */
function along(direction) {
  const links = [...document.querySelectorAll("[data-list] [data-row] a")];
  const next = links[links.indexOf(document.activeElement) + direction] || (direction > 0 && links[0]);
  if (next) next.focus();
  return Boolean(next);
}

function find() {
  const field = document.getElementById("sog");
  if (field) field.focus();
  return Boolean(field);
}

const BROWSE = { "/": find, j: () => along(1), k: () => along(-1), g: () => press("g") };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const act = BROWSE[event.key];
  if (act && act()) event.preventDefault();
});
