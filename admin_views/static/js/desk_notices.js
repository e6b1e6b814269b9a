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

// On a keyboard the next door is at hand; on a phone the page only stands where it should.
const onward = rows.find((row) => `#${row.id}` === location.hash) ?? rows[0];
if (onward && matchMedia("(min-width: 761px)").matches) onward.focus({ preventScroll: !location.hash });
