// Finding a household: the list comes while typing; arrows choose, Enter opens. Without it the form is sent.

const WAIT = 120;

function startFinder(form) {
  const input = form.querySelector("[name=q]"), box = form.querySelector(".finder-box");
  let timer = 0, asked = "", chosen = -1, coming = null;
  const options = () => [...box.querySelectorAll("[role=option]")];
  const isStale = () => box.hidden || input.value.trim() !== asked;

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
    asked = "";
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  async function ask() {
    const words = input.value.trim();
    if (!words) return close();
    if (!isStale()) return;
    asked = words;
    const answer = await fetch(`${form.action}?q=${encodeURIComponent(words)}`, { headers: { "X-Part": "1" } });
    if (!answer.ok || input.value.trim() !== words) return;
    box.innerHTML = await answer.text();
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    chosen = -1;
    if (options().length === 1) mark(0);
  }

  // Whoever is faster than the list chooses from the one that comes.
  function choose(step) {
    if (!isStale() && !coming) return mark(chosen < 0 && step < 0 ? -1 : chosen + step);
    clearTimeout(timer);
    const mine = (coming ?? ask()).then(() => mark(chosen < 0 && step < 0 ? -1 : chosen + step));
    coming = mine;
    mine.finally(() => coming === mine && (coming = null));
  }

  function open() {
    const option = options()[chosen];
    if (option) location.assign(option.href);
    else form.requestSubmit();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && input.value.trim()) {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && !box.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && (coming || (chosen >= 0 && !isStale()))) {
      event.preventDefault();
      (coming ?? Promise.resolve()).then(open);
    }
  });
  document.addEventListener("click", (event) => form.contains(event.target) || close());
}

export function startFinders() {
  for (const form of document.querySelectorAll("[data-finder]")) startFinder(form);
}
