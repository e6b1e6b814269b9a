// Notices confirmed by phone: arrows go from door to door, digits note what came of the call.

const rows = [...document.querySelectorAll("[data-notice-row]")];

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable], dialog");
}

function here() {
  return document.activeElement?.closest("[data-notice-row]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !rows.length) return;
  const row = here();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const at = row ? rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1) : 0;
    rows[Math.min(Math.max(at, 0), rows.length - 1)].focus();
    return;
  }
  const button = row?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// One tap is one note: a second one, while the first is on its way, does nothing.
for (const form of document.querySelectorAll(".notice-deeds")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}

// On a keyboard the next door is at hand; on a phone the page only stands where it should.
const onward = rows.find((row) => `#${row.id}` === location.hash) ?? rows[0];
if (onward && matchMedia("(min-width: 761px)").matches) onward.focus({ preventScroll: !location.hash });

// Coming back by the browser's own button: the forms can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(".notice-deeds")) delete form.dataset.sent;
});
