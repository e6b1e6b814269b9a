// The sheet of readings: warns as one types, saves each line as it is left, goes on with Enter and the arrow keys.
//
//   <form data-sheet="…/line/"><li data-line data-previous data-most …><input name="value-7"> …

const form = document.querySelector("form[data-sheet]");

class Line {
  constructor(row) {
    this.row = row;
    this.id = row.dataset.line;
    this.value = row.querySelector(`[name="value-${this.id}"]`);
    this.reason = row.querySelector(`[name="reason-${this.id}"]`);
    this.rolled = row.querySelector(`[name="rolled_over-${this.id}"]`);
    this.version = row.querySelector(`[name="version-${this.id}"]`);
    this.told = row.querySelector(".sheet-told");
    this.used = row.querySelector("output");
    this.more = row.querySelector(".sheet-more");
    this.kept = this.version.value === "0" ? "" : this.said();
    this.sending = null;
    row.addEventListener("input", () => this.warn());
    row.addEventListener("keydown", (event) => this.onKey(event));
    row.addEventListener("focusout", (event) => {
      if (!row.contains(event.relatedTarget)) this.save();
    });
  }

  said() {
    return JSON.stringify([this.value.value.trim(), this.reason.value.trim(), this.rolled.checked]);
  }

  get isEntered() {
    return this.version.value !== "0";
  }

  // A number as people type it: full-width digits, thousands separators.
  number() {
    const text = this.value.value.normalize("NFKC").replace(/[,\s]/g, "");
    return /^\d+(\.\d*)?$/.test(text) ? Number(text) : NaN;
  }

  warn() {
    const { previous, multiplier, carried, digits, most, zero } = this.row.dataset;
    const words = form.dataset;
    this.row.classList.remove("is-in", "is-wrong", "is-warned");
    this.value.removeAttribute("aria-invalid");
    this.used.textContent = "";
    if (!this.value.value.trim()) return this.say(this.isEntered ? words.unsaved : "");
    const now = this.number();
    if (Number.isNaN(now)) return this.say(words.number, "is-warned");
    const turn = this.rolled.checked ? 10 ** Number(digits) : 0;
    const used = (now - Number(previous) + turn) * Number(multiplier) + Number(carried);
    this.used.textContent = String(Math.round(used * 100) / 100);
    // Half a number is always lower: the warning waits for as many digits as last time.
    if (now < Number(previous) && !turn) {
      const isWhole = String(Math.trunc(now)).length >= String(Math.trunc(Number(previous))).length;
      return isWhole ? this.say(words.lower, "is-warned") : this.say(words.unsaved);
    }
    if (most !== undefined && used > Number(most)) return this.say(words.above, "is-warned");
    if (used === 0) return this.say(words.equal, zero ? "is-warned" : "");
    this.say(this.said() === this.kept ? words.kept : words.unsaved, this.said() === this.kept ? "is-in" : "");
  }

  say(words, mark = "") {
    if (mark) this.row.classList.add(mark);
    this.told.textContent = words;
  }

  async save() {
    if (!this.value.value.trim() || this.said() === this.kept || this.refused === this.said()) return true;
    if (this.sending) {
      await this.sending;
      return this.save();
    }
    this.sending = this.send();
    const saved = await this.sending;
    this.sending = null;
    return saved;
  }

  async send() {
    const sent = this.said();
    const body = new FormData();
    for (const name of ["csrf_token", "building", "kind", "period", "read_on"]) body.set(name, form.elements[name].value);
    body.set("meter", this.id);
    body.set("value", this.value.value);
    body.set("reason", this.reason.value);
    body.set("version", this.version.value);
    if (this.rolled.checked) body.set("rolled_over", "1");
    this.say(form.dataset.saving);
    let answer;
    try {
      const response = await fetch(form.dataset.sheet, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
      answer = await response.json();
    } catch {
      this.row.classList.add("is-wrong");
      this.say(form.dataset.offline);
      return false;
    }
    return this.show(answer, sent);
  }

  show(answer, sent) {
    if (answer.version !== undefined) this.version.value = answer.version;
    this.refused = answer.saved ? null : sent;
    if (answer.saved) {
      this.kept = sent;
      if (this.said() === sent) {
        this.row.classList.remove("is-wrong", "is-warned");
        this.used.textContent = answer.consumption;
        this.more.hidden = !this.reason.value && !this.rolled.checked;
        this.say(form.dataset.kept, "is-in");
      }
    } else {
      this.row.classList.remove("is-in", "is-warned");
      this.row.classList.add("is-wrong");
      this.value.setAttribute("aria-invalid", "true");
      this.asks = Boolean(answer.asks);
      if (this.asks || this.number() < Number(this.row.dataset.previous)) this.more.hidden = false;
      if (answer.theirs) this.kept = "";
      this.say((answer.told ?? []).join(" "));
    }
    count();
    return Boolean(answer.saved);
  }

  async onKey(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target === this.rolled) return;
    event.preventDefault();
    if (event.key === "Enter") this.refused = null;
    // A quick hand goes on at once; only a line with a warning keeps it until it has been heard.
    const isDoubtful = this.row.matches(".is-warned, .is-wrong") || this.number() < Number(this.row.dataset.previous);
    const saving = this.save();
    if (isDoubtful && event.key === "Enter" && !(await saving)) return this.ask();
    this.go(step);
  }

  ask() {
    const wants = this.asks ? this.reason : this.value;
    wants.focus();
    wants.select();
  }

  go(step) {
    const next = lines[lines.indexOf(this) + step];
    if (!next) return this.value.blur();
    next.value.focus();
    next.value.select();
  }
}

function count() {
  const place = form.querySelector("[data-left]");
  const left = lines.filter((line) => !line.isEntered).length;
  const words = left ? place.dataset.left : place.dataset.done;
  place.textContent = words.replace("{left}", left).replace("{all}", lines.length);
  form.querySelector("progress").value = lines.length - left;
}

const lines = form ? [...form.querySelectorAll("[data-line]")].map((row) => new Line(row)) : [];

document.querySelector("[data-print]")?.addEventListener("click", () => print());
addEventListener("beforeunload", (event) => {
  if (lines.some((line) => line.value.value.trim() && line.said() !== line.kept)) event.preventDefault();
});
form?.addEventListener("submit", () => lines.forEach((line) => (line.kept = line.said())));
if (matchMedia("(pointer: fine)").matches) (lines.find((line) => !line.isEntered) ?? lines[0])?.value.focus();
