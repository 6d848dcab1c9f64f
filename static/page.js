/* Every page: menus, what went wrong, being offline, what is spoken. */
/* Menus in the bar close on Escape and on a click elsewhere; without this they close by their own heading. */
const menus = () => document.querySelectorAll(".bar details[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const innermost = [...menus()].pop();
  if (event.key !== "Escape" || !innermost) return;
  event.preventDefault();
  innermost.open = false;
  innermost.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

/* What went wrong is told in one place, with a way to try again; what was typed stays where it is. */
export const trouble = document.getElementById("trouble");
let again = null;

export function tell(text, retry = null, door = "") {
  const link = trouble.querySelector("a");
  trouble.querySelector("p").textContent = text;
  trouble.hidden = false;
  again = retry;
  trouble.querySelector("button").hidden = !retry;
  link.hidden = !door;
  link.href = door;
}

function clearTrouble() {
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
  if (event.detail.xhr.status === 401) return; // typed.js tells it
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
  if (event.detail.successful && !offline) clearTrouble();
});

/* What a page asks for by itself keeps nobody signed in: the house must see when nobody sits here any more. */
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const polls = (detail.elt.getAttribute("hx-trigger") || "").startsWith("every");
  if (polls && !detail.triggeringEvent) detail.headers["Sluse-Unattended"] = "1";
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
  else clearTrouble();
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
