/* The triage page: the next mail stands there at the key press, and the answer follows. */
import { narrow } from "./keys.js";
import { signedOut } from "./typed.js";

/* What goes on: the next mail where it lies ready ({ of: the page it comes after, node }), the claim that was sent last,
   whether a decision is on its way, and what was pressed meanwhile ({ button, of: the enquiry it was meant for }). */
export const state = { ahead: null, claiming: null, underway: false, waiting: null };

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

/* The next mail is loaded while one reads, and stands there at the key press, while the decision is on its way. The page
   names its address only to who has decided lately: what somebody who only looks keeps, nobody else can take. */
const shown = () => document.getElementById("indhold");
const parsed = (html) => new DOMParser().parseFromString(html, "text/html").getElementById("indhold");

const token = () => document.querySelector('[name="csrf_token"]').value;
const send = (address, data = {}, headers = {}) => fetch(address, {
  method: "POST",
  body: new URLSearchParams({ csrf_token: token(), ...data }),
  headers: { "HX-Request": "true", "HX-Current-URL": location.href, ...headers },
});

/* Opening a page changes nothing: it says itself that its mail is being read, and nobody else is given it from then on.
   Where a colleague was quicker the answer is what to show instead. */
function claim() {
  const main = shown();
  if (!main || !main.dataset.opened) return state.claiming;
  const data = { mail: main.dataset.enquiry, naeste: main.dataset.opened === "next" ? "1" : "" };
  delete main.dataset.opened;
  state.claiming = send(main.dataset.here, data).then(async (answer) => {
    const node = answer.status === 200 && !answer.redirected ? parsed(await answer.text()) : null;
    if (node && shown() === main && !state.underway) place(node);
  }).catch(() => { /* the decision itself is refused where somebody else has the mail */ });
  return state.claiming;
}

/* Who has the page before them is at work, and what they hold stays theirs. A page that nobody looks at is nobody at work. */
function reportPresence() {
  const main = shown();
  if (main && main.dataset.here && !document.hidden) send(main.dataset.here, {}, { "Sluse-Unattended": "1" }).catch(() => {});
}
setInterval(reportPresence, 20_000);
document.addEventListener("visibilitychange", reportPresence);

async function loadAhead() {
  await claim();
  const main = shown();
  if (!main || !main.dataset.ahead || !document.getElementById("decide") || (state.ahead && state.ahead.of === main)) return;
  const asked = { of: main, node: null };
  state.ahead = asked;
  try {
    const answer = await send(main.dataset.ahead);
    if (answer.status === 200 && !answer.redirected) asked.node = parsed(await answer.text());
  } catch { /* the next mail will come with the answer instead */ }
  if (!asked.node && state.ahead === asked) state.ahead = null;
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

/* The answer is what counts. Where it is the mail that stands there already, only what is new in it is put in its place. */
export function apply(answer) {
  const main = shown();
  const offered = (node) => node.querySelectorAll("#decide, .pick").length;
  const same = ["enquiry", "version"].every((name) => main.dataset[name] === answer.dataset[name]);
  if (same && offered(main) === offered(answer)) refresh(main, answer);
  else place(answer);
  loadAhead();
}

/* What one has begun to write stays, and so does the focus. */
export function refresh(main, answer) {
  const focused = document.activeElement;
  const picks = (node) => (node.querySelector(".picks") || {}).outerHTML;
  const scored = picks(main) === picks(answer) ? [] : [".mail", ".picks", ".guides"];
  main.dataset.ahead = answer.dataset.ahead || "";
  main.dataset.here = answer.dataset.here;
  for (const part of [".side", ...scored, ".foot"]) {
    const [old, fresh] = [main.querySelector(part), answer.querySelector(part)];
    if (!old || !fresh) continue;
    old.replaceWith(fresh);
    htmx.process(fresh);
  }
  if (!focused.isConnected) document.getElementById("mail").focus({ preventScroll: true });
  const notice = answer.querySelector(".notice.over");
  if (notice) main.append(notice);
}

function lost(before) {
  place(before);
  const notice = document.createElement("p");
  notice.className = "notice over refused";
  notice.setAttribute("role", "alert");
  notice.textContent = before.dataset.lost;
  before.append(notice);
}

/* Signed out meanwhile: the old mail comes back, nothing else is pressed, and the door is shown. */
function locked(before, answer) {
  place(before);
  state.waiting = null;
  signedOut(answer.headers.get("Sluse-Sign-In"));
}

async function decide(form, button) {
  const [before, next, page] = [shown(), state.ahead.node, location.href];
  const data = new FormData(form, button);
  data.append("vist", next.dataset.enquiry);
  state.ahead = null;
  place(next);
  state.underway = true;
  try {
    const headers = { "HX-Request": "true", "HX-Current-URL": page };
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers });
    const node = answer.redirected ? null : parsed(await answer.text());
    if (node && node.classList.contains("triage")) apply(node);
    else if (answer.status === 401) locked(before, answer);
    else lost(before);
  } catch {
    lost(before);
  }
  arrived();
}

/* One thing at a time: what is pressed while an answer is on its way waits for it. A press meant for the mail that stood
   there is dropped if the answer brings another one; the queue and what stands at the foot mean the same beside any mail. */
function arrived() {
  const pressed = state.waiting;
  state.underway = false;
  state.waiting = null;
  if (pressed) once(pressed);
}

export function once({ button, of }) {
  if (button.isConnected) return button.click();
  const now = shown().querySelector(counterpart(button));
  if (now && (of === shown().dataset.enquiry || button.closest(".side, .foot"))) now.click();
}

/* The same button where the answer has put a new one. */
function counterpart(button) {
  if (button.value) return `[name="${button.name}"][value="${button.value}"]`;
  return button.dataset.key ? `[data-key="${button.dataset.key}"]` : `[href="${button.getAttribute("href")}"]`;
}

document.addEventListener("click", (event) => {
  const button = state.underway && event.target.closest("main.triage :is(button, a)");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  state.waiting = { button, of: shown().dataset.enquiry };
}, true);

const sends = (event) => event.detail.requestConfig.verb === "post" && shown().matches(".triage");
document.addEventListener("htmx:beforeRequest", (event) => {
  if (sends(event)) state.underway = true;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (state.underway && event.detail.requestConfig.verb === "post") arrived();
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target.id !== "decide" || !button || button.hasAttribute("formaction")) return;
  if (!state.ahead || !state.ahead.node || state.ahead.of !== shown()) return;
  event.preventDefault();
  event.stopPropagation();
  decide(event.target, button);
}, true);

document.addEventListener("htmx:load", loadAhead);

/* A page that nobody looks at is nobody at work: it holds no mail. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "queue" && document.hidden) event.preventDefault();
});
