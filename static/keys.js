/* Keys, the search among units, the key card and lists. Without it every button still works. */
export const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

function press(key) {
  const button = document.querySelector(`[data-key="${key}"]`);
  if (button) button.click();
  return Boolean(button);
}

/* What a key does to the mail one has moved to in a list. */
function pressInRow(key) {
  const row = document.activeElement && document.activeElement.closest("tr");
  const button = row && row.querySelector(`[data-row-key="${key}"]`);
  if (button) button.click();
  return Boolean(button);
}

function step(direction) {
  const links = [...document.querySelectorAll("#queue li a")];
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[here + direction] || (direction > 0 && document.querySelector("#queue [data-more]"));
  if (next) next.click();
  return Boolean(next);
}

/* The search among units, or that of the bar where a page has no search of its own. */
function search() {
  const field = document.getElementById("find") || document.getElementById("sog");
  if (field) field.focus();
  return Boolean(field);
}

function card() {
  const dialog = document.getElementById("keys");
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

/* Along a list of enquiries, where a page has one. */
function along(direction) {
  const links = [...document.querySelectorAll("[data-list] [data-row] a")];
  const next = links[links.indexOf(document.activeElement) + direction] || (direction > 0 && links[0]);
  if (next) next.focus();
  return Boolean(next);
}

/* Escape leaves what was opened beside the mail; what one is writing stays. */
function back() {
  const link = document.querySelector("[data-back]");
  if (link) link.click();
  return Boolean(link);
}

const KEYS = {
  "/": search,
  "?": card,
  Escape: back,
  j: () => step(1) || along(1),
  k: () => step(-1) || along(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const act = KEYS[event.key] || (/^[a-z1-9]$/.test(event.key) && (() => pressInRow(event.key) || press(event.key)));
  if (act && act()) event.preventDefault();
});

/* The search among all units: letters narrow the list, Enter takes the first, Escape leaves. */
const plain = (text) => text.toLowerCase().trim();
const NO_FIT = 6;

/* Words begin after anything that is neither letter nor digit: "lys" begins "lyskurve", and is no part of "oplysninger". */
function begins(text, wanted) {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return true;
  }
  return false;
}

/* How well a unit fits one word: by its name, then by what people call it, what belongs there, and its mailbox. */
function rankOf(data, wanted) {
  if (data.name.startsWith(wanted)) return 0;
  if (begins(data.name, wanted)) return 1;
  if (data.name.includes(wanted)) return 2;
  if (wanted.length < 2) return NO_FIT;
  const place = [data.also, data.about, data.mailbox].findIndex((text) => begins(text || "", wanted));
  return place < 0 ? NO_FIT : 3 + place;
}

/* All words must fit; the one that fits least tells how well. */
function rank(button, wanted) {
  if (button.dataset.name.startsWith(wanted)) return 0;
  return Math.max(...wanted.split(/\s+/).map((word) => rankOf(button.dataset, word)));
}

export function narrow(field) {
  const wanted = plain(field.value);
  const list = document.getElementById("all-units");
  const all = list.hasAttribute("data-all") && wanted === "";
  const none = list.querySelector(".none");
  const buttons = [...list.querySelectorAll("button.unit")].sort((a, b) => a.dataset.name.localeCompare(b.dataset.name, "da"));
  const fit = wanted === "" ? [] : buttons.filter((button) => rank(button, wanted) < NO_FIT);
  fit.sort((a, b) => rank(a, wanted) - rank(b, wanted));
  for (const button of [...fit, ...buttons.filter((each) => !fit.includes(each))]) {
    button.parentElement.hidden = !fit.includes(button) && !all;
    button.classList.toggle("chosen", button === fit[0]);
    list.insertBefore(button.parentElement, none);
  }
  none.hidden = wanted === "" || fit.length > 0;
  list.classList.toggle("open", wanted !== "" || all);
}

/* The arrows choose among what is left. */
function choose(direction) {
  const shown = [...document.querySelectorAll("#all-units button.unit")].filter((each) => !each.parentElement.hidden);
  const here = shown.findIndex((each) => each.classList.contains("chosen"));
  const next = shown[Math.min(Math.max(here + direction, 0), shown.length - 1)];
  shown.forEach((each) => each.classList.toggle("chosen", each === next));
  if (next) next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("input", (event) => {
  if (event.target.id === "find") narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "find") return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  }
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

document.documentElement.classList.add("js");
document.addEventListener("htmx:load", () => {
  const field = document.getElementById("find");
  if (field) narrow(field);
});

/* A list of its own page that letters narrow: Enter takes the first that is left. */
const written = new WeakMap();

function narrowList(form) {
  const wanted = plain(form.querySelector("input[type=search]").value);
  if (!written.has(form)) written.set(form, [...form.querySelectorAll("button.unit")]);
  const ranked = written.get(form).map((button) => ({ button, at: wanted === "" ? 0 : rank(button, wanted) }));
  ranked.sort((a, b) => a.at - b.at);
  ranked.forEach(({ button, at }, place) => {
    button.parentElement.hidden = at === NO_FIT;
    button.classList.toggle("chosen", place === 0 && at < NO_FIT && wanted !== "");
    button.parentElement.parentElement.append(button.parentElement);
  });
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-narrow]");
  if (form) narrowList(form);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-narrow]");
  if (!form || event.key !== "Enter" || !event.target.matches("input[type=search]")) return;
  event.preventDefault();
  const first = form.querySelector("button.chosen");
  if (first) first.click();
});
