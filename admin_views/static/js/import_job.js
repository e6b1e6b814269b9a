// How far an import is: asks once a second, says it in the words of the page, and shows the report when it is over.
//
//   <section data-job="…/progress.json"><h2 data-said="doing">…</h2><progress>…</progress><form data-stop>…</form>

const WAIT = 1000;

function show(place, said) {
  for (const one of place.querySelectorAll("[data-said]")) {
    if (one.textContent !== said[one.dataset.said]) one.textContent = said[one.dataset.said];
  }
  place.querySelector("progress").value = said.percent;
  const stop = place.querySelector("[data-stop]");
  if (stop) stop.hidden = !said.can_stop;
}

async function look(place) {
  try {
    const answer = await fetch(place.dataset.job, { headers: { Accept: "application/json" } });
    if (!answer.ok) return location.reload();
    const said = await answer.json();
    if (said.over) return location.reload();
    show(place, said);
  } catch {
    // the server is away for a moment, perhaps starting again
  }
  setTimeout(look, WAIT, place);
}

for (const place of document.querySelectorAll("[data-job]")) setTimeout(look, WAIT, place);
