// The till: the sums of a payment as it is put together. Without it the server works them out.

import { startFinders } from "./finder.js";

// -- sums: whole fen, so that nothing is lost on the way -------------------------------------------------

function fen(text) {
  const plain = text.normalize("NFKC").replace(/[,\s元¥￥]/g, "");
  if (!/^-?\d*\.?\d{0,2}$/.test(plain) || !/\d/.test(plain)) return null;
  return Math.round(Number(plain) * 100);
}

function yuan(amount, grouped = true) {
  const places = { minimumFractionDigits: 2, maximumFractionDigits: 2, useGrouping: grouped };
  return (amount / 100).toLocaleString("en-US", places);
}

function startPayment(form) {
  const get = (name) => form.querySelector(`[data-till-${name}]`);
  const amount = get("amount"), second = get("amount2"), tendered = get("tendered"), more = get("second");
  const method2 = form.elements.method2, note = get("note"), change = get("change"), take = get("take");
  const credit = fen(form.dataset.credit) ?? 0;
  const rows = [...form.querySelectorAll("[data-bill]")];
  const typed = { amount: amount.value !== "", second: second.value !== "" };

  function due() {
    const principalOnly = get("principal")?.checked;
    let sum = 0;
    for (const row of rows) {
      const whole = fen(row.dataset.principal) + (principalOnly ? 0 : fen(row.dataset.late));
      const picked = row.querySelector("[name=bill]").checked;
      row.classList.toggle("is-picked", picked);
      row.querySelector("[data-line-total]").textContent = yuan(whole);
      if (picked) sum += whole;
    }
    return sum;
  }

  function refresh() {
    const ticked = due();
    const used = get("use")?.checked ? Math.min(credit, ticked) : 0;
    const left = ticked - used, two = method2.value !== "";
    const method = form.querySelector("[name=method]:checked")?.value;
    if (!two) typed.second = false;
    const rest = Math.max(left - (two && typed.second ? (fen(second.value) ?? 0) : 0), 0);
    if (!typed.amount) amount.value = rest || used ? yuan(rest, false) : "";
    if (two && !typed.second) second.value = yuan(Math.max(left - (fen(amount.value) ?? 0), 0), false);
    if (!two) second.value = "";
    const one = fen(amount.value) ?? 0, other = two ? (fen(second.value) ?? 0) : 0;
    const cash = (method === "cash" ? one : 0) + (method2.value === "cash" ? other : 0);
    get("due").textContent = yuan(ticked);
    get("cash").hidden = !cash;
    tendered.disabled = !cash;
    get("reference").hidden = method === "cash";
    say(one + other - left);
    giveBack(cash);
    take.querySelector("span").textContent = words(one + other, used);
  }

  function words(sum, used) {
    if (sum) return take.dataset.words.replace("{n}", yuan(sum));
    return used ? take.dataset.used.replace("{n}", yuan(used)) : take.dataset.plain;
  }

  function say(over) {
    note.hidden = over === 0;
    if (over) note.textContent = (over > 0 ? note.dataset.over : note.dataset.part).replace("{n}", yuan(Math.abs(over)));
  }

  function giveBack(cash) {
    const given = fen(tendered.value);
    change.hidden = given === null || !cash;
    if (change.hidden) return;
    const back = given - cash;
    change.classList.toggle("is-short", back < 0);
    change.querySelector("span").textContent = back < 0 ? change.dataset.short : change.dataset.back;
    change.querySelector("output").textContent = yuan(Math.abs(back));
  }

  amount.addEventListener("input", () => (typed.amount = amount.value !== ""));
  second.addEventListener("input", () => (typed.second = second.value !== ""));
  amount.addEventListener("focus", () => amount.select());
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  more.addEventListener("toggle", () => more.open && method2.focus());
  const picks = get("picks");
  if (picks) {
    picks.hidden = false;
    picks.addEventListener("click", (event) => {
      const which = event.target.closest("[data-pick]")?.dataset.pick;
      if (!which) return;
      for (const row of rows) row.querySelector("[name=bill]").checked = which === "all" || (which === "due" && "due" in row.dataset);
      refresh();
    });
  }
  refresh();
  // A phone would cover what is owed, or what went wrong, with its keyboard.
  if (matchMedia("(pointer: fine)").matches) {
    amount.focus();
    amount.select();
  } else document.querySelector("[data-till-refused]")?.focus();
}

startFinders();
for (const form of document.querySelectorAll("form[data-till]")) startPayment(form);
