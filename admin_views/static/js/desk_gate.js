// The gate: keys for the large buttons, the search field under "/", and the clock of a running incident.

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable], dialog");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const field = document.querySelector("[data-gate-code]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
    return;
  }
  const door = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key.toLowerCase());
  if (!door) return;
  event.preventDefault();
  door.click();
});

// The server's clock counts: the phone's own may be wrong, so only what has passed since the page came is added.
for (const clock of document.querySelectorAll("[data-gate-since]")) {
  const passed = Date.parse(clock.dataset.gateNow) - Date.parse(clock.dataset.gateSince);
  const came = performance.now();
  const two = (n) => String(n).padStart(2, "0");
  const show = () => {
    const seconds = Math.max(0, Math.floor((passed + performance.now() - came) / 1000));
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    clock.textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
  };
  if (passed < 86_400_000) {
    show();
    setInterval(show, 1000);
  }
}

// With a keyboard one types at once; on a phone the keyboard would cover the form.
if (matchMedia("(min-width: 761px)").matches) document.querySelector("[data-gate-first] input:not([type=hidden])")?.focus();
document.querySelector("[data-gate-refused]")?.focus();
