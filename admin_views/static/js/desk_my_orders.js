// One order on the phone: what the price list holds comes as one types.
//
//   <form data-price-find>…<input name="find"></form><div data-price-found>…</div>
// Without script the form leads to the same page with what was found.
const form = document.querySelector("[data-price-find]");
const found = document.querySelector("[data-price-found]");
const PAUSE = 220;
let waiting = 0;
let asked = 0;

async function find() {
  const words = form.elements.find.value.trim();
  const mine = ++asked;
  if (!words) return found.replaceChildren();
  const url = new URL(form.action);
  url.hash = "";
  url.search = new URLSearchParams({ find: words });
  const answer = await fetch(url, { headers: { "X-Part": "1" }, credentials: "same-origin" });
  if (mine === asked && answer.ok && answer.headers.has("X-Part")) found.innerHTML = await answer.text();
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => find().catch(() => {}), PAUSE);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  find().catch(() => form.submit());
  // Sent forms are kept from being sent twice; this one may be.
  delete form.dataset.sent;
});
