// The frame: drawer and narrow sidebar, drop-down menus, toasts, keys.

const root = document.documentElement;

function drawer(open) {
  const button = document.querySelector("[data-drawer]");
  document.body.classList.toggle("drawer-open", open);
  button?.setAttribute("aria-expanded", String(open));
  document.querySelector(".scrim")?.remove();
  if (!open) return button?.focus();
  const scrim = document.createElement("div");
  scrim.className = "scrim";
  scrim.addEventListener("click", () => drawer(false));
  document.querySelector(".frame").append(scrim);
  document.querySelector("#sidebar a")?.focus();
}

function keepNarrow(button) {
  const narrow = root.classList.toggle("narrow");
  button.setAttribute("aria-expanded", String(!narrow));
  document.cookie = `sidebar=${narrow ? "narrow" : "wide"}; path=/; max-age=31536000; samesite=lax`;
}

// A menu of the sidebar folds up; which ones are folded is kept in a cookie, so that the next page comes that way.
function fold(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
  const folded = [...document.querySelectorAll('[data-fold][aria-expanded="false"]')].map((other) => other.dataset.fold);
  document.cookie = `folded=${folded.filter(Boolean).join(".")}; path=/; max-age=31536000; samesite=lax`;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

// A panel hangs from the right edge of its button; near the left edge of the page it hangs from the other one.
function place(menu) {
  const panel = menu.querySelector(".menu-panel");
  if (!menu.open || !panel) return;
  panel.classList.remove("flipped");
  if (panel.getBoundingClientRect().left < 8) panel.classList.add("flipped");
}

function dismiss(toast) {
  toast.classList.add("is-going");
  setTimeout(() => toast.remove(), 250);
}

// Puts a value into another input, and goes on to the next one that is empty.
function fill(button) {
  const input = document.querySelector(button.dataset.fill);
  input.value = button.dataset.value;
  const next = [...input.form.querySelectorAll("input:not([type=hidden])")].find((other) => !other.value);
  (next ?? input).focus();
}

export function isTyping(target) {
  if (!(target instanceof HTMLElement) || /^(radio|checkbox|button|submit|range|file)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function onKey(event) {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (document.body.classList.contains("drawer-open")) drawer(false);
  }
  const find = document.querySelector("[data-find]");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && find) {
    event.preventDefault();
    find.select();
    find.focus();
  }
  if (event.key === "/" && !isTyping(event.target) && !document.querySelector("dialog[open]")) {
    const search = document.querySelector("main input[type=search]") ?? find;
    if (!search) return;
    event.preventDefault();
    search.select();
    search.focus();
  }
}

function onClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  closeMenus(target.closest("details.menu"));
  if (target.closest("[data-drawer]")) drawer(!document.body.classList.contains("drawer-open"));
  const narrow = target.closest("[data-narrow]");
  if (narrow) keepNarrow(narrow);
  const heading = target.closest("[data-fold]");
  if (heading) fold(heading);
  const close = target.closest("[data-dismiss]");
  if (close) dismiss(close.closest("[data-toast], [data-dismissable]"));
  if (target.closest("[data-print]")) window.print();
  if (target.closest("[data-back]")) history.back();
  const filler = target.closest("[data-fill]");
  if (filler) fill(filler);
  const eye = target.closest("[data-show-password]");
  if (eye) {
    const input = eye.parentElement.querySelector("input");
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    eye.setAttribute("aria-pressed", String(shown));
  }
}

export function toast(words, kind = "info") {
  const box = document.querySelector(".toasts");
  if (!box) return;
  const note = document.createElement("div");
  note.className = `toast notice notice-${kind}`;
  note.dataset.toast = kind;
  const text = document.createElement("div");
  text.className = "grow";
  text.textContent = words;
  note.append(text);
  box.append(note);
}

// The sidebar's own scrolling box: scrolling the entry into view would move the page as well.
function scroller(element) {
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    if (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
  }
  return null;
}

export function startShell() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  // Whoever signs out leaves nothing behind in the tab; whoever is thrown out finds it again.
  document.addEventListener("submit", (event) => event.target.matches('[action$="/logout"]') && sessionStorage.clear());
  document.addEventListener("toggle", (event) => event.target.matches?.("details.menu") && place(event.target), true);
  const here = document.querySelector(".nav [aria-current]");
  const list = here && scroller(here);
  if (list) list.scrollTop += here.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
  fadeToasts();
}

// What went well need not be read for ever; what went wrong stays until it is dismissed.
export function fadeToasts() {
  for (const note of document.querySelectorAll('[data-toast="success"], [data-toast="info"]')) {
    const timer = setTimeout(() => dismiss(note), 7000);
    note.addEventListener("pointerenter", () => clearTimeout(timer));
    note.addEventListener("focusin", () => clearTimeout(timer));
  }
}
