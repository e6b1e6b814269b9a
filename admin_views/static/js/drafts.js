// What is being filled in on a form that is kept on the phone: written down as it is typed and photographed, and there again
// when the page is opened again, because opening the camera may close the browser.
import { all, drop, fieldsOf, fill, find, put, user } from "./kept.js";

const PAUSE = 400;
const LONGEST = 2 * 24 * 3600_000;
const timers = new WeakMap();
// One form of one page; the mark of a place within the page is no part of it.
const idOf = (form) => `draft:${user()}:${location.pathname}${location.search}:${form.action}`;
const asText = (fields) => JSON.stringify(fields.map(([name, value]) => [name, value instanceof File ? [value.name, value.size] : value]));

export async function dropDraft(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  await drop(idOf(form));
}

// Nothing half filled in is left on a phone for long, of anybody who used it.
export async function sweepDrafts() {
  for (const one of await all()) if (one.state === "draft" && Date.now() - one.at > LONGEST) await drop(one.id);
}

// Write down what changes in a form, once what was written down before was put back: returns what does that.
export function keepDraft(form) {
  const blank = asText(fieldsOf(form));
  let isBack = false;
  for (const name of ["input", "change"]) form.addEventListener(name, () => isBack && later(form, blank));
  document.addEventListener("visibilitychange", () => document.hidden && timers.has(form) && write(form, blank));
  return async () => {
    await putBack(form, blank);
    isBack = true;
    if (asText(fieldsOf(form)) !== blank) later(form, blank);
  };
}

// Left alone is a form in which something was typed already, and one that is filled in with what was refused: what they hold
// is newer. So is what the office has of it where the form comes otherwise than it was when this was typed.
async function putBack(form, blank) {
  const draft = await find(idOf(form));
  if (!draft || form.dataset.entry || asText(fieldsOf(form)) !== blank) return;
  if (draft.blank !== blank) return drop(draft.id);
  fill(form, draft.fields);
  tell(form, draft);
}

function later(form, blank) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => write(form, blank), PAUSE));
}

async function write(form, blank) {
  timers.delete(form);
  if (form.dataset.sent) return;
  const fields = fieldsOf(form);
  if (asText(fields) === blank) return drop(idOf(form));
  await put({ id: idOf(form), user: user(), at: Date.now(), blank, fields, state: "draft" });
}

function tell(form, draft) {
  const note = document.getElementById("draft-note").content.firstElementChild.cloneNode(true);
  const words = note.querySelector("[data-words]");
  const at = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  words.textContent = words.dataset.words.replace("{at}", at);
  note.querySelector("button").addEventListener("click", async () => {
    form.dataset.sent = "true";
    await dropDraft(form);
    location.reload();
  });
  form.prepend(note);
}
