// Keeps the number on the bell true: asks when the page is seen again, and every minute while somebody is at it.
// Nothing is asked of a page that is left alone, so that its session ends as it should.

const EVERY = 60_000;
let active = false;
let asked = Date.now();

async function renew(bell) {
  asked = Date.now();
  active = false;
  const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const told = await answer.json();
  const number = bell.querySelector("[data-number]");
  number.textContent = told.number;
  number.hidden = !told.unread;
  bell.setAttribute("aria-label", told.label);
}

export function startInbox() {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, () => (active = true), { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - asked > EVERY / 4) renew(bell);
  });
  setInterval(() => !document.hidden && active && renew(bell), EVERY);
}
