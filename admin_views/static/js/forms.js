// Forms: sent once, not left by accident, and fields that depend on others.
//
//   <form data-guard="…words…">                     asks before unsaved work is left
//   <div class="field" data-shown-if='["==", ["field", "state"], "let"]'>   hidden (and not sent) unless true
//   <div class="field" data-required-if='[…]'>      its control must then be filled
// An expression is a value, ["field", name], or [operator, …] with and or not == != < <= > >= in + - null-safe as the
// server's: unknown is null, and only true counts.

const same = (a, b) => (isNumber(a) && isNumber(b) ? Number(a) === Number(b) : String(a) === String(b));
const isNumber = (value) => value !== "" && value !== null && typeof value !== "boolean" && !Number.isNaN(Number(value));
const order = (a, b) => (isNumber(a) && isNumber(b) ? Number(a) - Number(b) : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0);
const unless = (a, b, work) => (a === null || b === null ? null : work(a, b));

const operators = {
  "==": (a, b) => (a === null || b === null ? a === b : same(a, b)),
  "!=": (a, b) => (a === null || b === null ? a !== b : !same(a, b)),
  "<": (a, b) => unless(a, b, () => order(a, b) < 0),
  "<=": (a, b) => unless(a, b, () => order(a, b) <= 0),
  ">": (a, b) => unless(a, b, () => order(a, b) > 0),
  ">=": (a, b) => unless(a, b, () => order(a, b) >= 0),
  "+": (a, b) => unless(a, b, () => Number(a) + Number(b)),
  "-": (a, b) => unless(a, b, () => Number(a) - Number(b)),
};

const some = (values) => (values.length ? values : null);

// A field's value as the form now has it: null when blank, a list where several are ticked or chosen.
export function valueOf(form, name) {
  const named = [...form.elements].filter((control) => control.name === name);
  // A hidden input beside boxes only tells "none is ticked" from "not in this form".
  const boxes = named.filter((control) => control.type === "checkbox" || control.type === "radio");
  const controls = boxes.length ? boxes : named;
  if (!controls.length) return null;
  const [first] = controls;
  const many = controls.length > 1 || first.hasAttribute("data-many") || first.closest(".choice-group");
  if (first.type === "checkbox" && !many) return first.checked;
  if (first.type === "checkbox") return some(controls.filter((c) => c.checked).map((c) => c.value));
  if (first.type === "radio") return controls.find((c) => c.checked)?.value || null;
  if (first instanceof HTMLSelectElement && first.multiple) return some([...first.selectedOptions].map((o) => o.value));
  if (first.closest(".combobox[data-multiple]")) return some(controls.map((c) => c.value).filter(Boolean));
  return first.value.trim() || null;
}

export function worth(node, form) {
  if (!Array.isArray(node)) return node;
  const [operator, ...parts] = node;
  if (operator === "field") return valueOf(form, parts[0]);
  if (operator === "list") return parts.map((part) => worth(part, form));
  if (operator === "and" || operator === "or") {
    const stop = operator === "or";
    const values = parts.map((part) => worth(part, form));
    return values.includes(stop) ? stop : values.includes(null) ? null : !stop;
  }
  if (operator === "not") {
    const value = worth(parts[0], form);
    return value === null ? null : !value;
  }
  const [left, right] = parts.map((part) => worth(part, form));
  if (operator === "in") return left === null || right === null ? null : right.some((item) => same(item, left));
  return operators[operator]?.(left, right) ?? null;
}

function settle(form) {
  for (const field of form.querySelectorAll("[data-shown-if]")) {
    const shown = worth(JSON.parse(field.dataset.shownIf), form) === true;
    field.hidden = !shown;
    for (const control of field.querySelectorAll("input, select, textarea")) control.disabled = !shown || "off" in control.dataset;
  }
  for (const field of form.querySelectorAll("[data-required-if]")) {
    const must = worth(JSON.parse(field.dataset.requiredIf), form) === true;
    field.classList.toggle("is-required", must);
    field.querySelector(".must")?.toggleAttribute("hidden", !must);
  }
}

function startDependents(form) {
  if (!form.querySelector("[data-shown-if], [data-required-if]")) return;
  for (const control of form.querySelectorAll("[data-shown-if] :disabled")) control.dataset.off = "";
  form.addEventListener("input", () => settle(form));
  form.addEventListener("change", () => settle(form));
  settle(form);
}

function snapshot(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrf_token").map(([n, v]) => [n, v instanceof File ? v.name : v]));
}

function startGuard(form) {
  let before = snapshot(form);
  let leaving = false;
  // A browser may put typed values back after the page has loaded; those are unsaved too, so the server can say so.
  if ("dirty" in form.dataset) before = "";
  form.addEventListener("submit", () => (leaving = true));
  window.addEventListener("pageshow", () => (leaving = false));
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && snapshot(form) !== before) event.preventDefault();
  });
}

// The second click of a double click sends nothing. The button stays enabled so that its name and value are sent.
function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.target === "_blank" || "again" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  (event.submitter ?? form.querySelector("[type=submit]"))?.classList.add("is-busy");
}

function readyAgain() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
}

// <select data-submit> and friends send their form when they change.
function onChange(event) {
  if (event.target.matches?.("[data-submit]")) event.target.form.requestSubmit();
}

export function startForms(within) {
  for (const form of within.querySelectorAll("form")) {
    startDependents(form);
    if ("guard" in form.dataset) startGuard(form);
  }
  document.addEventListener("submit", sendOnce);
  document.addEventListener("change", onChange);
  window.addEventListener("pageshow", readyAgain);
  within.querySelector(".has-error :is(input, select, textarea):not([type=hidden])")?.focus();
}
