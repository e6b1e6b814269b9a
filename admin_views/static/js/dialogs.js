// Dialogs: <button data-dialog="id"> opens one, [data-close] closes it; data-confirm asks before a button acts.
//
//   <button data-confirm="…question…" [data-confirm-title="…"] [data-confirm-ok="…"] [data-confirm-danger]>
// on a submit button, a link, or a form (then whichever way it is submitted).

function fill(dialog, asker) {
  const heading = dialog.querySelector("[data-title]");
  const ok = dialog.querySelector("[data-ok]");
  heading.textContent = asker.dataset.confirmTitle ?? heading.dataset.title;
  dialog.querySelector("[data-words]").textContent = asker.dataset.confirm;
  ok.textContent = asker.dataset.confirmOk ?? ok.dataset.ok;
  ok.classList.toggle("btn-danger", "confirmDanger" in asker.dataset);
  ok.classList.toggle("btn-primary", !("confirmDanger" in asker.dataset));
}

export function ask(asker) {
  const dialog = document.getElementById("confirm");
  asker.closest("details.menu")?.removeAttribute("open");
  fill(dialog, asker);
  dialog.returnValue = "cancel";
  dialog.showModal();
  dialog.querySelector('[value="cancel"]').focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true }));
}

async function onClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  const opener = target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  if (target.closest("[data-close]")) return target.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement && target.open && event.detail > 0 && outside(target, event)) return target.close();
  const asker = target.closest("a[data-confirm], button[data-confirm]");
  if (!asker || asker.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(asker))) return (asker.closest("details.menu")?.querySelector("summary") ?? asker).focus();
  asker.dataset.confirmed = "true";
  asker.click();
  delete asker.dataset.confirmed;
}

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

async function onSubmit(event) {
  const form = event.target;
  if (!("confirm" in form.dataset) || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(form))) return;
  form.dataset.confirmed = "true";
  form.requestSubmit(event.submitter);
  delete form.dataset.confirmed;
}

export function startDialogs() {
  document.addEventListener("click", onClick, true);
  document.addEventListener("submit", onSubmit, true);
  // A dialog that the server wants open (its form had errors, say).
  document.querySelector("dialog[data-open]")?.showModal();
}
