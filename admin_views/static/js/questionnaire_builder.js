// The builder of a survey: its buttons work without leaving the page. Without it every button sends the whole form.

const form = document.querySelector("[data-build]");
if (form) startBuilder(form);

function startBuilder(form) {
  const both = form.querySelector("[data-build-both]");
  let waiting = 0, asked = 0, dirty = false;

  // One question to the server at a time counts: the answer to an older one is thrown away.
  async function ask(deed, { rows }) {
    const turn = ++asked;
    const data = new FormData(form);
    data.set("do", deed);
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Part": "1" } });
    if (turn !== asked) return;
    if (!answer.ok || !answer.headers.get("X-Part")) return void form.requestSubmit();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    swap("[data-build-preview]", page);
    if (rows) swap("[data-build-rows]", page);
  }

  function swap(what, page) {
    const old = both.querySelector(what), scrolled = old.querySelector(".phone")?.scrollTop ?? 0;
    const fresh = document.importNode(page.querySelector(what), true);
    old.replaceWith(fresh);
    if (fresh.querySelector(".phone")) fresh.querySelector(".phone").scrollTop = scrolled;
  }

  async function change(deed, control) {
    clearTimeout(waiting);
    dirty = true;
    await ask(deed, { rows: true });
    const at = both.querySelector("[data-build-rows]").dataset.at;
    const row = both.querySelector(`[data-build-row="${at}"]`) ?? both.querySelector("[data-build-add]");
    const again = control ? row.querySelector(`[name="do"][value^="${control}:"]:not(:disabled)`) : null;
    const target = again ?? row.querySelector?.("[data-build-first]") ?? row;
    target.focus({ preventScroll: true });
    (target.closest("[data-build-row]") ?? target).scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    if (!button || button.value === "save") return;
    event.preventDefault();
    const name = button.value.split(":")[0];
    change(button.value, name === "up" || name === "down" ? name : "");
  });

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-build-kind]")) {
      const row = event.target.closest("[data-build-row]").dataset.buildRow;
      change(`stay:${row}`, "");
    }
  });

  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask("look", { rows: false }), 350);
  });

  form.addEventListener("submit", () => { dirty = false; });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      return form.requestSubmit(form.querySelector("[data-build-save]"));
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const add = both.querySelector(`[data-build-add="${event.code.replace(/^(Digit|Numpad)/, "")}"]`);
    const row = document.activeElement?.closest("[data-build-row]");
    const move = row && { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!add && !move) return;
    event.preventDefault();
    change(add ? add.value : `${move}:${row.dataset.buildRow}`, "");
  });

  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}
