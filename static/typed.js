/* What was typed is kept when the session is gone: told in place, and there again once the same person has signed in. */
import { tell, trouble } from "./page.js";

const KEPT = "sluse-typed";
const FIELDS = "input:not([type=hidden], [type=password], [type=file], [type=submit]), textarea, select";
const person = document.body.dataset.person || "";
const here = () => location.pathname + location.search;
const stored = () => JSON.parse(sessionStorage.getItem(KEPT) || "null");

/* A field is known by the form it is in, its name, and which of that name it is. */
function fields() {
  const count = {};
  return [...document.querySelectorAll(FIELDS)].map((field) => {
    const name = [field.form && field.form.getAttribute("action"), field.name || field.id, field.type].join(" ");
    count[name] = (count[name] || 0) + 1;
    return { field, key: `${name} ${count[name]}` };
  });
}

const chosen = (field) => [...field.options].map((option) => option.selected);
function state(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked === field.defaultChecked ? null : field.checked;
  if (field.matches("select")) return [...field.options].every((o) => o.selected === o.defaultSelected) ? null : chosen(field);
  return field.value === field.defaultValue ? null : field.value;
}

function keepTyped() {
  const typed = fields().map(({ field, key }) => [key, state(field)]).filter(([, value]) => value !== null);
  sessionStorage.setItem(KEPT, JSON.stringify({ person, page: here(), typed, signingIn: false }));
}

function putBack(typed) {
  const values = new Map(typed);
  for (const { field, key } of fields()) {
    if (!values.has(key)) continue;
    const value = values.get(key);
    if (Array.isArray(value)) [...field.options].forEach((option, n) => { option.selected = Boolean(value[n]); });
    else if (typeof value === "boolean") field.checked = value;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/* The door: what was typed waits behind it. Any other page of somebody signed in ends the waiting. */
const kept = stored();
if (kept && !person) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, signingIn: true }));
} else if (kept) {
  sessionStorage.removeItem(KEPT);
  if (kept.signingIn && kept.person === person && kept.page === here()) putBack(kept.typed);
}

/* A form that leaves the page may find the session gone; one that stays is told by what it is answered. */
document.addEventListener("submit", (event) => {
  if (person && !event.defaultPrevented && event.target.method === "post") keepTyped();
});

export function signedOut(address) {
  keepTyped();
  tell(trouble.dataset.signedOut, null, address);
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 401) signedOut(detail.xhr.getResponseHeader("Sluse-Sign-In"));
});
