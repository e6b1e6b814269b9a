// Lists: pick rows, act on them all.
//
//   <form data-bulk> … <input type="checkbox" data-pick-all> … <input type="checkbox" name="id" data-pick> …
//     <div class="bulk-bar" hidden data-bulk-bar><span data-picked="… {n} …"></span> … <button data-pick-none> </div>
// A row with data-href opens that page when clicked beside its links.

function refresh(form) {
  const picks = [...form.querySelectorAll("[data-pick]")];
  const picked = picks.filter((pick) => pick.checked);
  for (const pick of picks) pick.closest("tr")?.classList.toggle("is-picked", pick.checked);
  const all = form.querySelector("[data-pick-all]");
  if (all) {
    all.checked = picked.length > 0 && picked.length === picks.length;
    all.indeterminate = picked.length > 0 && picked.length < picks.length;
  }
  const bar = form.querySelector("[data-bulk-bar]");
  if (!bar) return;
  bar.hidden = picked.length === 0;
  const words = bar.querySelector("[data-picked]");
  if (words) words.textContent = words.dataset.picked.replace("{n}", picked.length);
}

function startBulk(form) {
  let last = null;
  form.addEventListener("click", (event) => {
    // What the box for all shows now is what the person wants; "change" comes after this and does it.
    if (event.target.matches?.("[data-pick-all]")) return;
    const pick = event.target.closest?.("[data-pick]");
    if (pick) {
      if (event.shiftKey && last) pickBetween(form, last, pick);
      last = pick;
    }
    if (event.target.closest?.("[data-pick-none]")) for (const each of form.querySelectorAll("[data-pick]")) each.checked = false;
    refresh(form);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) for (const each of form.querySelectorAll("[data-pick]")) each.checked = event.target.checked;
    refresh(form);
  });
  window.addEventListener("pageshow", () => refresh(form));
  refresh(form);
}

function pickBetween(form, from, to) {
  const picks = [...form.querySelectorAll("[data-pick]")];
  const [first, end] = [picks.indexOf(from), picks.indexOf(to)].sort((a, b) => a - b);
  for (const pick of picks.slice(first, end + 1)) pick.checked = to.checked;
}

function onRowClick(event) {
  const row = event.target.closest?.("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
  else location.href = row.dataset.href;
}

export function startLists() {
  for (const form of document.querySelectorAll("[data-bulk]")) startBulk(form);
  document.addEventListener("click", onRowClick);
}
