/* The unit's page and the practice round. */
import { typing } from "./keys.js";

/* The unit's page: rows open in place, j and k walk through them, f, r, s and t act on the one in view; practice has a d. */
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
  if (/^[frdst]$/.test(event.key)) {
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
  if (event.target.id === "caseload" && event.target.querySelector("[data-busy], input[type=file]:valid")) event.preventDefault();
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
