// The sample's form: only what the chosen way needs is shown, and what it comes to follows. Links are copied.

const form = document.querySelector("[data-sample]");
if (form) startSample(form);

function startSample(form) {
  let waiting = 0, asked = 0;

  function show() {
    const by = form.elements.by.value;
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== by;
  }

  async function ask() {
    const turn = ++asked;
    const data = new FormData(form);
    data.delete("csrf_token");
    const address = `${form.getAttribute("action")}?${new URLSearchParams(data)}`;
    const answer = await fetch(address, { headers: { "X-Part": "1" } });
    if (turn !== asked || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    form.querySelector("[data-drawn]").replaceWith(document.importNode(page.querySelector("[data-drawn]"), true));
  }

  form.addEventListener("input", () => {
    show();
    clearTimeout(waiting);
    waiting = setTimeout(ask, 250);
  });
  show();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("span").textContent = button.dataset.copied;
  });
}
