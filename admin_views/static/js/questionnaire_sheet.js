// Filling in a sheet from the keyboard: digits answer the question and go on, arrows move, Ctrl Enter saves.

const form = document.querySelector("[data-fill]");
if (form) startFill(form);

function startFill(form) {
  const asks = [...form.querySelectorAll("[data-ask]")];
  const save = form.querySelector('[name="do"][value="save"]');
  const first = (ask) => ask?.querySelector("input:checked, input, textarea");
  const here = () => asks.indexOf(document.activeElement?.closest("[data-ask]"));

  function go(at) {
    const ask = asks[Math.max(0, Math.min(at, asks.length - 1))];
    (at >= asks.length ? save : first(ask))?.focus();
    ask?.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return form.requestSubmit(save);
    }
    if (event.ctrlKey || event.metaKey) return;
    const at = here();
    if (at < 0 || event.target.matches("textarea")) return;
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
    if (step) {
      event.preventDefault();
      return go(at + step);
    }
    const options = [...asks[at].querySelectorAll("input")];
    const option = /^[1-9]$/.test(event.key) && options[Number(event.key) - 1];
    if (!option) return;
    event.preventDefault();
    option.checked = option.type === "checkbox" ? !option.checked : true;
    if (option.type === "radio") go(at + 1);
  });

  const wrong = asks.findIndex((ask) => ask.classList.contains("is-wrong"));
  go(Math.max(0, wrong));
}
