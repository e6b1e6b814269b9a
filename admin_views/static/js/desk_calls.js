// Calls: keys for the queue and the form of a call, and keeping the call in hand while somebody works on its page.
// Without it the server shows everything; the call is then kept for one lease only.

const IDLE = 30 * 60 * 1000; // a page that nobody has touched for so long gives its call up
let touched = Date.now();

function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input")) return !/^(radio|checkbox|submit|button)$/.test(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}

function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
}

// -- the queue: N takes the next call --------------------------------------------------------------------

function startQueue(form) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "n" || hasModifier(event) || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

// -- the form: a letter chooses the outcome, a digit the rating ------------------------------------------

function startForm(form) {
  const chosen = () => form.querySelector("[name=outcome]:checked")?.value;
  const bad = form.querySelector("[data-calls-bad]");
  let sent = false;

  function refresh() {
    const low = form.querySelector("[data-calls-point]:checked");
    const least = [...form.querySelectorAll(".calls-rating input:checked")].some((one) => Number(one.value) <= 2);
    bad.hidden = chosen() !== "reached" || !(low || least) || !least;
  }

  function choose(input, focus) {
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const first = focus && form.querySelector(`.for-${input.value} .input:not(textarea)`);
    (first || (input.value === "reached" ? input : form.elements.words)).focus();
  }

  function rate(key) {
    const point = form.querySelector(`[data-calls-point][value="${key}"]`);
    if (!point) return;
    form.querySelector("[name=outcome][value=reached]").checked = true;
    point.checked = true;
    point.focus();
    refresh();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (hasModifier(event) || isTyping(event.target)) return;
    const key = event.key.toUpperCase();
    const outcome = form.querySelector(`[name=outcome][data-key="${CSS.escape(key)}"]`);
    if (outcome) choose(outcome, true);
    else if (/^[1-5]$/.test(key)) rate(key);
    else if (key === "L") document.querySelector("[data-calls-leave]").requestSubmit();
    else return;
    event.preventDefault();
  });
  form.addEventListener("change", refresh);
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => (sent = false));
  refresh();
  const refused = document.querySelector("[data-calls-refused]");
  if (refused) refused.focus();
  else if (matchMedia("(pointer: fine)").matches) form.querySelector("[name=outcome]:checked")?.focus();
}

// -- the lease: a page that is worked on keeps its call --------------------------------------------------

function startLease(box) {
  const every = Math.max(Number(box.dataset.lease) * 20, 15) * 1000;
  const lost = document.querySelector("[data-calls-lost]"), until = box.querySelector("[data-calls-until]");
  const token = document.querySelector("meta[name=csrf-token]").content;

  async function renew() {
    if (Date.now() - touched > IDLE) return;
    try {
      const answer = await fetch(box.dataset.call, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const said = await answer.json();
      lost.hidden = said.mine;
      if (said.mine && until) until.textContent = said.until;
      else lost.lastElementChild.textContent = lost.dataset.words.replace("{who}", said.by || lost.dataset.nobody);
    } catch {
      // Without a connection the lease runs out by itself; the next answer says how it stands.
    }
  }

  setInterval(renew, every);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && renew());
}

for (const name of ["keydown", "pointerdown", "input"]) document.addEventListener(name, () => (touched = Date.now()), { passive: true });
for (const form of document.querySelectorAll("[data-calls-next]")) startQueue(form);
for (const form of document.querySelectorAll("[data-calls-form]")) startForm(form);
for (const box of document.querySelectorAll("[data-call]")) startLease(box);
