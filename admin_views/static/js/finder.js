// Finding a household: the list comes while typing; arrows choose, Enter opens. Without it the form is sent.

const WAIT = 120;

function startFinder(form) {
  const input = form.querySelector("[name=q]"), box = form.querySelector(".finder-box");
  let timer = 0, asked = "", chosen = -1;
  const options = () => [...box.querySelectorAll("[role=option]")];

  function mark(index) {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen >= 0) {
      input.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    box.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  async function ask() {
    const words = input.value.trim();
    if (words === asked) return;
    asked = words;
    if (!words) return close();
    const answer = await fetch(`${form.action}?q=${encodeURIComponent(words)}`, { headers: { "X-Part": "1" } });
    if (!answer.ok || input.value.trim() !== words) return;
    box.innerHTML = await answer.text();
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    chosen = -1;
    if (options().length === 1) mark(0);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || box.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(chosen < 0 && event.key === "ArrowUp" ? -1 : chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && chosen >= 0 && input.value.trim() === asked) {
      event.preventDefault();
      location.assign(options()[chosen].href);
    }
  });
  document.addEventListener("click", (event) => form.contains(event.target) || close());
}

export function startFinders() {
  for (const form of document.querySelectorAll("[data-finder]")) startFinder(form);
}
