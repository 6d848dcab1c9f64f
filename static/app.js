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
  const act = KEYS[event.key] || (/^[a-z1-9]$/.test(event.key) && (() => press(event.key)));
  if (act && act()) event.preventDefault();
});

/* The search among all units: letters narrow the list, Enter takes the first, Escape leaves. */
const plain = (text) => text.toLowerCase().trim();

/* How well a unit fits the letters: by its name's beginning, a word's beginning, anywhere in the name, or by what it does. */
function rank(button, wanted) {
  const name = button.dataset.name;
  if (name.startsWith(wanted)) return 0;
  if (name.includes(` ${wanted}`)) return 1;
  if (name.includes(wanted)) return 2;
  return wanted.length > 2 && (button.dataset.about || "").includes(wanted) ? 3 : 4;
}

function narrow(field) {
  const wanted = plain(field.value);
  const list = document.getElementById("all-units");
  const all = list.hasAttribute("data-all") && wanted === "";
  const none = list.querySelector(".none");
  const buttons = [...list.querySelectorAll("button.unit")].sort((a, b) => a.dataset.name.localeCompare(b.dataset.name, "da"));
  const fit = wanted === "" ? [] : buttons.filter((button) => rank(button, wanted) < 4);
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

/* After a decision the reader is at the top of the next mail, and so is a screen reader. */
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig.verb === "post") arrive();
});

function arrive() {
  window.scrollTo(0, 0);
  const mail = document.getElementById("mail");
  if (mail) mail.focus({ preventScroll: true });
  const { enquiry, args } = document.getElementById("indhold").dataset;
  if (enquiry) history.replaceState(null, "", `/visitering/${enquiry}${args ? `?${args}` : ""}`);
}

document.documentElement.classList.add("js");
document.addEventListener("htmx:load", () => {
  const field = document.getElementById("find");
  if (field) narrow(field);
});

/* The next mail is loaded while one reads, and stands there at the key press, while the decision is on its way. */
let ahead = null;
const shown = () => document.getElementById("indhold");
const parsed = (html) => new DOMParser().parseFromString(html, "text/html").getElementById("indhold");

async function loadAhead() {
  const main = shown();
  if (!main || !main.dataset.ahead || !document.getElementById("decide") || (ahead && ahead.of === main)) return;
  const asked = { of: main, node: null };
  ahead = asked;
  try {
    const answer = await fetch(main.dataset.ahead, { headers: { "HX-Request": "true" } });
    if (answer.status === 200 && !answer.redirected) asked.node = parsed(await answer.text());
  } catch { /* the next mail will come with the answer instead */ }
  if (!asked.node && ahead === asked) ahead = null;
}

function place(next) {
  const main = shown();
  const side = main.querySelector(".side");
  if (side && !next.querySelector(".side")) next.prepend(side);
  next.querySelectorAll("#queue a").forEach((link) => {
    if (link.pathname === `/visitering/${next.dataset.enquiry}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  main.replaceWith(next);
  htmx.process(next);
  const field = document.getElementById("find");
  if (field) narrow(field);
  arrive();
}

/* The answer is what counts. Where it is the mail that stands there already, only what is around it is new. */
function settle(answer) {
  const main = shown();
  const picks = (node) => (node.querySelector(".picks") || {}).outerHTML;
  const same = ["enquiry", "version"].every((name) => main.dataset[name] === answer.dataset[name]);
  if (!same || picks(main) !== picks(answer)) {
    place(answer);
  } else {
    main.dataset.ahead = answer.dataset.ahead || "";
    for (const part of [".side", ".foot"]) {
      const [old, fresh] = [main.querySelector(part), answer.querySelector(part)];
      old.replaceWith(fresh);
      htmx.process(fresh);
    }
    const notice = answer.querySelector(".notice.over");
    if (notice) main.append(notice);
  }
  loadAhead();
}

function lost(before) {
  place(before);
  const notice = document.createElement("p");
  notice.className = "notice over refused";
  notice.setAttribute("role", "alert");
  notice.textContent = before.dataset.lost;
  before.append(notice);
}

async function decide(form, button) {
  const [before, next] = [shown(), ahead.node];
  const data = new FormData(form, button);
  data.append("vist", next.dataset.enquiry);
  ahead = null;
  place(next);
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { "HX-Request": "true" } });
    const node = answer.redirected ? null : parsed(await answer.text());
    if (node && node.classList.contains("triage")) settle(node);
    else lost(before);
  } catch {
    lost(before);
  }
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target.id !== "decide" || !button || button.hasAttribute("formaction")) return;
  if (!ahead || !ahead.node || ahead.of !== shown()) return;
  event.preventDefault();
  event.stopPropagation();
  decide(event.target, button);
}, true);

document.addEventListener("htmx:load", loadAhead);

/* A page that nobody looks at is nobody at work: it holds no mail. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "queue" && document.hidden) event.preventDefault();
});

/* A list of its own page that letters narrow: Enter takes the first that is left. */
function narrowList(form) {
  const wanted = plain(form.querySelector("input[type=search]").value);
  let first = true;
  for (const button of form.querySelectorAll("button.unit")) {
    const fits = button.dataset.name.includes(wanted);
    button.parentElement.hidden = !fits;
    button.classList.toggle("chosen", fits && first && wanted !== "");
    first = first && !fits;
  }
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
