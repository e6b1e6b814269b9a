// A link to other records: type, pick from the matches (ARIA combobox with a list box).
//
//   <div class="combobox" data-lookup="/copy/ajax/lookup/?field=shelf" data-name="shelf" [data-multiple]
//        data-none="…" data-clear="…" data-failed="…">
//     <input type="hidden" name="shelf" value="12" data-title="North/A1">      one per chosen record
//     <input type="text" id="shelf" class="input" autocomplete="off">
//   </div>
// The lookup answers [[id, title], …] to ?query=. Without data-lookup the <option>s of a <datalist> child are searched.
let serial = 0;

class Combobox {
  constructor(box) {
    this.box = box;
    this.multiple = "multiple" in box.dataset;
    this.input = box.querySelector('input[type="text"]');
    this.chosen = [...box.querySelectorAll('input[type="hidden"]')].filter((i) => i.value).map((i) => ({ id: i.value, title: i.dataset.title ?? i.value }));
    this.matches = [];
    this.active = -1;
    this.asked = 0;
    this.build();
    this.show();
  }

  build() {
    const id = this.input.id || `combobox-${++serial}`;
    this.input.id = id;
    this.frame = document.createElement("div");
    this.frame.className = "combobox-box";
    this.input.replaceWith(this.frame);
    this.input.classList.remove("input");
    this.frame.append(this.input);
    this.clear = this.button("combobox-clear", "×", this.box.dataset.clear ?? "Clear", () => this.pick([]));
    this.list = document.createElement("ul");
    this.list.className = "combobox-list";
    this.list.id = `${id}-list`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.box.dataset.label ?? this.input.getAttribute("aria-label") ?? this.labelText());
    this.list.hidden = true;
    this.box.append(this.clear, this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off" })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("click", () => this.list.hidden && this.look());
    this.input.addEventListener("blur", () => setTimeout(() => this.leave(), 120));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[data-index]");
      if (item) this.take(Number(item.dataset.index));
    });
  }

  labelText() {
    return document.querySelector(`label[for="${CSS.escape(this.input.id)}"]`)?.textContent.trim() ?? "";
  }

  button(className, words, label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = words;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  }

  // The hidden inputs are what the form sends; they follow `chosen`.
  show() {
    this.box.querySelectorAll('input[type="hidden"], .combobox-token').forEach((old) => old.remove());
    const chosen = this.chosen.length ? this.chosen : this.multiple ? [] : [{ id: "", title: "" }];
    for (const { id, title } of chosen) {
      const hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = this.box.dataset.name;
      hidden.value = id;
      hidden.dataset.title = title;
      this.box.append(hidden);
      if (this.multiple) this.frame.insertBefore(this.token(id, title), this.input);
    }
    this.input.value = this.multiple ? "" : (this.chosen[0]?.title ?? "");
    this.clear.hidden = !this.chosen.length || this.input.disabled || this.input.readOnly;
    if (this.input.required || "required" in this.box.dataset) this.input.required = !this.chosen.length;
  }

  token(id, title) {
    const token = document.createElement("span");
    token.className = "combobox-token";
    token.append(title, this.button("", "×", `${this.box.dataset.clear ?? "Clear"} ${title}`, () => this.pick(this.chosen.filter((c) => c.id !== id))));
    return token;
  }

  pick(chosen) {
    this.chosen = chosen;
    this.show();
    this.close();
    this.input.focus();
    this.box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  take(index) {
    const match = this.matches[index];
    if (!match) return;
    const rest = this.multiple ? this.chosen.filter((c) => c.id !== match.id) : [];
    this.pick([...rest, match]);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), 180);
  }

  async look() {
    if (this.input.readOnly || this.input.disabled) return;
    const single = !this.multiple && this.chosen.length && this.input.value === this.chosen[0].title;
    const query = single ? "" : this.input.value.trim();
    const turn = ++this.asked;
    try {
      const matches = this.box.dataset.lookup ? await this.fetch(query) : this.local(query);
      if (turn === this.asked && document.activeElement === this.input) this.open(matches);
    } catch {
      if (turn === this.asked) this.open([], this.box.dataset.failed);
    }
  }

  async fetch(query) {
    const url = new URL(this.box.dataset.lookup, location.href);
    url.searchParams.set("query", query);
    const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).map(([id, title]) => ({ id: String(id), title: String(title) }));
  }

  local(query) {
    const wanted = query.toLowerCase();
    const options = [...this.box.querySelectorAll("datalist option")].map((o) => ({ id: o.value, title: o.textContent }));
    return options.filter((o) => o.title.toLowerCase().includes(wanted)).slice(0, 50);
  }

  open(matches, note) {
    this.matches = matches;
    this.active = -1;
    this.list.replaceChildren(...matches.map((match, index) => this.option(match, index)));
    if (!matches.length) {
      const empty = document.createElement("li");
      empty.className = "note";
      empty.setAttribute("role", "option");
      empty.setAttribute("aria-disabled", "true");
      empty.textContent = note ?? this.box.dataset.none ?? "—";
      this.list.append(empty);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    if (matches.length && this.input.value && !this.isShowingChosen()) this.move(0);
  }

  isShowingChosen() {
    return !this.multiple && this.chosen[0]?.title === this.input.value;
  }

  option(match, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.dataset.index = index;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.textContent = match.title;
    return item;
  }

  close() {
    this.asked++;
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
  }

  // Words that name no record are not kept: what was chosen stays, or nothing when the field was emptied.
  leave() {
    if (this.box.contains(document.activeElement)) return;
    this.close();
    if (this.multiple) this.input.value = "";
    else if (!this.input.value.trim() && this.chosen.length) {
      this.chosen = [];
      this.show();
      this.box.dispatchEvent(new Event("change", { bubbles: true }));
    } else this.input.value = this.chosen[0]?.title ?? "";
  }

  move(to) {
    const items = [...this.list.querySelectorAll("[data-index]")];
    if (!items.length) return;
    items[this.active]?.setAttribute("aria-selected", "false");
    this.active = (to + items.length) % items.length;
    items[this.active].setAttribute("aria-selected", "true");
    items[this.active].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", items[this.active].id);
  }

  onKey(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return void this.look();
      this.move(this.active < 0 && event.key === "ArrowUp" ? -1 : this.active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      if (this.active >= 0) this.take(this.active);
    } else if (event.key === "Tab" && open && this.active >= 0 && this.input.value) {
      this.take(this.active);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Backspace" && this.multiple && !this.input.value && this.chosen.length) {
      this.pick(this.chosen.slice(0, -1));
    }
  }
}

export function startComboboxes(within) {
  for (const box of within.querySelectorAll(".combobox:not([data-started])")) {
    box.dataset.started = "true";
    new Combobox(box);
  }
}
