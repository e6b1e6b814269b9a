// A board: cards are dragged to another lane, or moved with Shift and an arrow; the arrows alone walk over the cards.
//
//   <div data-board data-nowhere="…words…"><section data-lane="code"><ul>
//     <li data-card="7"><a>…</a> … <button form="board-move" name="move" data-to="code" data-part-form>
// Dropping a card presses its button for that lane, so a move is one and the same however it is made. What the server
// answers goes into the dialog (entity.js); then the board is fetched anew and shows what is true.
import { fadeToasts, toast } from "./shell.js";

const board = document.querySelector("[data-board]");
const form = document.getElementById("board-move");
const dialog = document.getElementById("part");
const STALE = 30000;

let carried = null;
let moved = null;
let fetched = Date.now();
let refreshing = false;

const lanes = () => [...board.querySelectorAll("[data-lane]")];
const laneOf = (card) => card.closest("[data-lane]");
const cardsOf = (lane) => [...lane.querySelectorAll("[data-card]")];
const linkOf = (card) => card.querySelector("a");
const buttonTo = (card, lane) => card.querySelector(`button[data-to="${CSS.escape(lane.dataset.lane)}"]`);

// The card shows where it was put until the server has answered.
function move(card, lane, byKey) {
  const button = laneOf(card) !== lane && buttonTo(card, lane);
  if (!button) return toast(board.dataset.nowhere, "warn");
  moved = { card, home: card.parentElement, next: card.nextElementSibling, id: card.dataset.card, byKey };
  form.requestSubmit(button);
  card.classList.add("is-moving");
  lane.querySelector("ul").prepend(card);
}

function putBack() {
  if (!moved || refreshing) return;
  const { card, home, next, byKey } = moved;
  card.classList.remove("is-moving");
  home.insertBefore(card, next);
  if (byKey) linkOf(card).focus();
  moved = null;
}

async function refresh() {
  refreshing = true;
  const answer = await fetch(location.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-board]");
  if (!answer.ok || !fresh) return location.reload();
  // The lanes themselves stay: the one that the address names is the one a phone shows.
  for (const lane of lanes()) {
    const top = lane.querySelector("ul").scrollTop;
    lane.replaceChildren(...fresh.querySelector(`#${lane.id}`).childNodes);
    lane.querySelector("ul").scrollTop = top;
  }
  document.querySelector(".board-tabs").replaceChildren(...page.querySelector(".board-tabs").children);
  document.querySelector(".toasts").replaceChildren(...page.querySelector(".toasts").children);
  fadeToasts();
  const card = moved && board.querySelector(`[data-card="${moved.id}"]`);
  if (card && moved.byKey) linkOf(card).focus();
  moved = null;
  refreshing = false;
  fetched = Date.now();
  start();
}

// The server sends on to the board: there it is already.
function onGo(event) {
  event.preventDefault();
  refreshing = true;
  if (dialog.open) dialog.close();
  refresh().catch(() => location.reload());
}

function onDragStart(event) {
  carried = event.target.closest?.("[data-card][draggable=true]");
  if (!carried) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", linkOf(carried).textContent);
  // The picture of the card is taken first, then the card pales.
  requestAnimationFrame(() => {
    if (!carried) return;
    carried.classList.add("is-carried");
    board.classList.add("is-carrying");
    laneOf(carried).classList.add("is-home");
    for (const lane of lanes()) lane.classList.toggle("may-drop", Boolean(buttonTo(carried, lane)) && lane !== laneOf(carried));
  });
}

function onDragOver(event) {
  const lane = carried && event.target.closest?.("[data-lane]");
  for (const each of lanes()) each.classList.toggle("is-over", each === lane && Boolean(buttonTo(carried, each)));
  if (!lane || lane === laneOf(carried) || !buttonTo(carried, lane)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
}

function onDrop(event) {
  const lane = carried && event.target.closest?.("[data-lane]");
  if (!lane) return;
  event.preventDefault();
  const card = carried;
  onDragEnd();
  if (lane !== laneOf(card)) move(card, lane, false);
}

function onDragEnd() {
  carried?.classList.remove("is-carried");
  board.classList.remove("is-carrying");
  for (const lane of lanes()) lane.classList.remove("may-drop", "is-over", "is-home");
  carried = null;
}

function onKey(event) {
  const card = event.target.matches?.("[data-card] .card-top > a") && event.target.closest("[data-card]");
  if (!card || event.ctrlKey || event.altKey || event.metaKey || !event.key.startsWith("Arrow")) return;
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
  event.preventDefault();
  if (event.shiftKey) return sideways && carry(card, sideways);
  const target = sideways ? beside(card, sideways) : event.key === "ArrowDown" ? card.nextElementSibling : card.previousElementSibling;
  if (target) linkOf(target).focus();
}

// The next lane in that direction to which the card may go.
function carry(card, step) {
  const all = lanes();
  let index = all.indexOf(laneOf(card)) + step;
  while (all[index] && !buttonTo(card, all[index])) index += step;
  if (all[index]) move(card, all[index], true);
  else toast(board.dataset.nowhere, "warn");
}

function beside(card, step) {
  const all = lanes();
  const place = cardsOf(laneOf(card)).indexOf(card);
  let index = all.indexOf(laneOf(card)) + step;
  while (all[index] && !cardsOf(all[index]).length) index += step;
  return all[index] && (cardsOf(all[index])[place] ?? cardsOf(all[index]).at(-1));
}

function markTab() {
  const tabs = [...document.querySelectorAll(".board-tabs a")];
  const here = tabs.find((tab) => tab.hash === location.hash) ?? tabs[0];
  for (const tab of tabs) tab === here ? tab.setAttribute("aria-current", "true") : tab.removeAttribute("aria-current");
}

// Touch has buttons on the card; a finger that scrolls must not carry it away.
function start() {
  const fine = matchMedia("(pointer: fine)").matches;
  for (const card of board.querySelectorAll("[data-card]")) {
    if (fine && card.querySelector("button[data-to]")) card.draggable = true;
    linkOf(card).setAttribute("aria-keyshortcuts", "Shift+ArrowLeft Shift+ArrowRight");
  }
  markTab();
}

// The menu of a card at the lower end of its lane is scrolled into it.
function onToggle(event) {
  if (event.target.matches?.(".card-menu") && event.target.open) event.target.querySelector(".menu-panel").scrollIntoView({ block: "nearest" });
}

function onReturn() {
  const idle = !carried && !moved && !dialog.open && !refreshing;
  if (document.visibilityState === "visible" && idle && Date.now() - fetched > STALE) refresh().catch(() => {});
}

board.addEventListener("dragstart", onDragStart);
board.addEventListener("dragover", onDragOver);
board.addEventListener("drop", onDrop);
board.addEventListener("dragend", onDragEnd);
board.addEventListener("keydown", onKey);
board.addEventListener("toggle", onToggle, true);
dialog.addEventListener("close", putBack);
document.addEventListener("go", onGo);
document.addEventListener("refused", putBack);
document.addEventListener("visibilitychange", onReturn);
window.addEventListener("hashchange", markTab);
start();
