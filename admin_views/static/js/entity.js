// The entity screens: matter fetched into a dialog, Ctrl+S, revealed values, files dropped or chosen.
import { startComboboxes } from "./combobox.js";
import { startForms } from "./forms.js";
import { toast } from "./shell.js";
import { startSignatures } from "./signature.js";

const dialog = document.getElementById("part");

// A link marked data-part, or a form sent by a button marked data-part-form, shows its answer in the dialog.
// Without script both simply lead to a page of their own.
async function intoDialog(url, options) {
  const answer = await fetch(url, { ...options, headers: { "X-Part": "1" }, credentials: "same-origin" });
  if (answer.headers.has("X-Go")) {
    // A page that can show what came of it without being left says so.
    const go = new CustomEvent("go", { detail: answer.headers.get("X-Go"), cancelable: true });
    if (document.dispatchEvent(go)) location.href = go.detail;
    return;
  }
  const text = await answer.text();
  if (!answer.headers.has("X-Part")) return refused(text);
  dialog.innerHTML = text;
  startComboboxes(dialog);
  startColumns(dialog);
  startSignatures(dialog);
  if (!dialog.open) dialog.showModal();
  startForms(dialog);
  focusFirst();
}

// On a phone the keyboard would cover what has just opened, so only a field with something wrong is focused there.
function focusFirst() {
  const control = ":is(input, select, textarea):not([type=hidden])";
  const wrong = dialog.querySelector(`.has-error ${control}`);
  const first = matchMedia("(pointer: fine)").matches ? dialog.querySelector(`.dialog-body ${control}`) : null;
  (wrong ?? first)?.focus();
}

// An error page came instead: its sentence is enough.
function refused(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  dialog.close();
  toast(page.querySelector("main .empty p")?.textContent ?? page.title, "danger");
  document.dispatchEvent(new Event("refused"));
}

function onPart(event) {
  if (!dialog || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest?.("a[data-part]");
  if (!link) return;
  event.preventDefault();
  intoDialog(link.href).catch(() => (location.href = link.href));
}

function onSubmit(event) {
  const button = event.submitter;
  const form = event.target;
  if (form.matches("[data-tidy]")) tidy(form);
  if (form.matches("[data-reveal]")) return reveal(event, form);
  const asks = button?.hasAttribute("data-part-form") || (dialog?.contains(form) && form.matches(".question"));
  if (!dialog || !asks) return;
  event.preventDefault();
  event.stopPropagation();
  const data = new FormData(form, button);
  if (form.dataset.bulk !== undefined && data.has("every")) data.delete("rowid");
  button.classList.add("is-busy");
  intoDialog(form.getAttribute("action"), { method: "POST", body: data })
    .catch(() => location.reload())
    .finally(() => button.classList.remove("is-busy"));
}

// A filter leaves out what was not filled in, so that its address stays short.
function tidy(form) {
  for (const control of form.elements) if (control.name && !control.value) control.disabled = true;
  for (const text of form.querySelectorAll(".combobox input[type=text]")) text.disabled = true;
}

async function reveal(event, form) {
  event.preventDefault();
  event.stopPropagation();
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new FormData(form), headers: { "X-Part": "1" }, credentials: "same-origin" });
  if (!answer.ok) return location.reload();
  const { value } = await answer.json();
  const place = form.closest("dd");
  place.textContent = value || "—";
  place.setAttribute("tabindex", "-1");
  place.focus();
}

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    const form = document.querySelector("form[data-save]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".form-actions .btn-primary"));
  }
}

function startColumns(within) {
  for (const group of within.querySelectorAll("[data-needs-script]")) group.hidden = false;
}

function onClick(event) {
  const arrow = event.target.closest?.("[data-up], [data-down]");
  if (!arrow) return;
  const item = arrow.closest("li");
  const other = "up" in arrow.dataset ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if ("up" in arrow.dataset) other.before(item);
  else other.after(item);
  arrow.focus();
}

function startAttach() {
  for (const form of document.querySelectorAll("[data-attach]")) {
    for (const button of form.querySelectorAll("[data-no-script]")) button.hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
    form.addEventListener("dragover", (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    });
    form.addEventListener("dragleave", () => form.classList.remove("is-over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      form.querySelector("input[type=file]").files = event.dataTransfer.files;
      form.requestSubmit();
    });
  }
}

document.addEventListener("click", onPart);
document.addEventListener("click", onClick);
document.addEventListener("submit", onSubmit, true);
document.addEventListener("keydown", onKey);
startColumns(document);
startAttach();
document.getElementById("form-errors")?.focus();
if (location.hash === "#comments") document.getElementById("comment-text")?.focus();
