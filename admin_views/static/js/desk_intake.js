// The desk: keys that go where their letter says, what follows from kind and matter, and a draft that outlives a
// session that ended. Without it the form is an ordinary form.

import { startFinders } from "./finder.js";
import { isTyping } from "./shell.js";

const DRAFT = "desk-draft:", LONGEST = 2 * 3600 * 1000;

// -- keys: after Esc (or in a row of buttons) one key goes to the field that shows it --------------------------

function startKeys(form) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey) {
      if (event.key !== "Enter" || !form) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector(".desk-save"));
      return;
    }
    if (event.key === "Escape" && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || event.key.length !== 1) return;
    const target = /^[1-9]$/.test(event.key)
      ? form?.querySelector(`[data-digit="${event.key}"]`)
      : document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!target || target.closest("label, .field, a, button").offsetParent === null) return;
    event.preventDefault();
    go(target, form);
  });
}

function go(target, form) {
  if (target.tagName === "A") return location.assign(target.href);
  if (/^(checkbox|button)$/.test(target.type)) return target.click();
  target.focus();
  if (target.type !== "radio") return target.select?.();
  target.click();
  if (target.name === "kind") form.elements.matter.focus();
  else form.querySelector(`[data-then="${target.value}"] :is(select, textarea)`)?.focus();
}

// -- what follows from what was chosen or typed -----------------------------------------------------------------

function startForm(form) {
  const [rules, words, sends] = ["rules", "words", "sends"].map((name) => JSON.parse(form.dataset[name]));
  const sent = form.hasAttribute("data-sent"), touched = new Set(sent ? ["then", "priority", "trade"] : []);
  const { matter, trade, priority, caller, phone, answer } = form.elements;
  const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value;

  function follow() {
    const rule = rules[chosen("kind")];
    if (!rule) return;
    if (!touched.has("priority")) priority.value = rule.priority;
    const then = form.querySelector(`[name=then][value="${rule.then}"]`) ?? form.querySelector("[name=then][value=leave]");
    if (!touched.has("then")) then.checked = true;
  }

  function guess() {
    const text = matter.value.toLowerCase();
    if (touched.has("trade")) return;
    let best = "", length = 0;
    for (const [code, list] of Object.entries(rules[chosen("kind")]?.department ? {} : words)) {
      for (const word of list) if (word.length > length && text.includes(word.toLowerCase())) [best, length] = [code, word.length];
    }
    trade.value = best;
  }

  function show() {
    guess();
    answer.required = chosen("then") === "answer";
    const known = Boolean(caller) && caller.value !== "-";
    form.querySelector("[data-stranger]").hidden = known;
    phone.placeholder = known ? (caller.selectedOptions[0]?.dataset.phone ?? "") : "";
    const option = form.querySelector("[data-suggested]");
    if (!option) return;
    const name = rules[chosen("kind")]?.department || sends[trade.value];
    option.textContent = name ? option.dataset.suggested.replace("{n}", name) : option.dataset.plain;
  }

  form.addEventListener("change", (event) => {
    if (event.target.name === "kind") follow();
    else touched.add(event.target.name);
    show();
  });
  matter.addEventListener("input", show);
  if (!sent) follow();
  keepDraft(form, touched);
  show();
  // A phone would cover the household with its keyboard.
  const trouble = form.querySelector("[data-desk-trouble]");
  if (trouble) trouble.focus();
  else if (matchMedia("(pointer: fine)").matches) form.querySelector("[name=kind]:checked")?.focus();
}

// -- the draft: kept in this tab until it is taken, discarded, or somebody signs out -------------------------------

function keepDraft(form, touched) {
  const place = `${DRAFT}${form.dataset.user}:${location.pathname}`, ours = ["csrf_token", "token"];
  const note = form.querySelector("[data-desk-restored]");
  const held = JSON.parse(sessionStorage.getItem(place) ?? "null");
  if (held && Date.now() - held.at < LONGEST && !form.hasAttribute("data-sent")) {
    for (const [name, value] of held.fields) put(form.elements[name], value, touched);
    note.hidden = false;
  }
  note.querySelector("[data-desk-discard]").addEventListener("click", () => {
    sessionStorage.removeItem(place);
    location.reload();
  });

  function save() {
    const fields = [...new FormData(form)].filter(([name]) => !ours.includes(name));
    if (form.elements.matter.value || form.elements.details.value) sessionStorage.setItem(place, JSON.stringify({ at: Date.now(), fields }));
  }
  form.addEventListener("input", save);
  form.addEventListener("change", save);
}

function put(field, value, touched) {
  if (!field) return;
  if (field.type === "checkbox") field.checked = true;
  else field.value = value;
  touched.add(field.name ?? field[0].name);
}

function forget() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
}

startFinders();
const form = document.querySelector("form[data-desk]");
startKeys(form);
if (form) startForm(form);
if (document.querySelector("[data-desk-taken]")) forget();
