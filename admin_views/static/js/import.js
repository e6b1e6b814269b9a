// The place to choose or drop a file: says which one was chosen, in the words of the page.
//
//   <label class="upload-place" data-upload><span data-chosen>…</span><input type="file"></label>

function show(place, input) {
  const words = place.querySelector("[data-chosen]");
  words.dataset.words ??= words.textContent;
  words.textContent = input.files[0]?.name ?? words.dataset.words;
  place.classList.toggle("is-chosen", input.files.length > 0);
}

for (const place of document.querySelectorAll("[data-upload]")) {
  const input = place.querySelector("input[type=file]");
  input.addEventListener("change", () => show(place, input));
  for (const name of ["dragenter", "dragover"]) place.addEventListener(name, () => place.classList.add("is-over"));
  for (const name of ["dragleave", "drop"]) place.addEventListener(name, () => place.classList.remove("is-over"));
  window.addEventListener("pageshow", () => show(place, input));
}
