// An acceptance: what is not ticked yet is fine, in one tap.
const rest = document.querySelector("[data-works-rest]");

function open() {
  return [...document.querySelectorAll(".works-check .works-verdict")].filter((one) => !one.querySelector("input:checked"));
}

if (rest) {
  const form = rest.form;
  const show = () => (rest.hidden = !open().length);
  form.addEventListener("input", show);
  rest.addEventListener("click", () => {
    for (const one of open()) one.querySelector("[value=fine]").checked = true;
    form.dispatchEvent(new Event("input", { bubbles: true }));
    show();
  });
  show();
}
