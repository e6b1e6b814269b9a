// What was filled in without signal: kept on this phone, and sent once, in order, when the network is back.
//
//   <form data-offline="…what it is…">          is kept and sent by this script; without it, it is sent as any form
//   <a href="…" data-keep>                      a page that is to be there without signal; is-waiting while its form waits
//   <body data-user="4">                        whose things may be sent; others' stay until that person is back
// An entry: {id, user, at, url, page, title, fields: [[name, value or File]], state: waiting | refused | sent, words, to};
// one in state draft is what is being filled in (drafts.js), and is not sent.
import { ask } from "./dialogs.js";
import { dropDraft, keepDraft, sweepDrafts } from "./drafts.js";
import { drop, fieldsOf, fill, find, mine, put, user } from "./kept.js";
import { toast } from "./shell.js";

const EVERY = 20_000;
const SHOWN_FOR = 24 * 3600_000;
const AGAIN = "outbox-again";
const root = () => document.body.dataset.root ?? "";

// -- sending ---------------------------------------------------------------------------------------

// The answer to sending one: {state: "sent", to} | {state: "refused", words} | {state: "waiting", why}.
async function send(entry) {
  const token = await fetch(`${root()}/outbox/token`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (token.status === 401) return { state: "waiting", why: "signed-out" };
  if (!token.ok) return { state: "waiting", why: "server" };
  const { user: signedIn, csrf } = await token.json();
  if (signedIn !== entry.user) return { state: "waiting", why: "signed-out" };
  const body = new FormData();
  for (const [name, value] of entry.fields) body.append(name, value);
  body.set("csrf_token", csrf);
  body.set("_once", entry.id);
  body.set("_age", String(Math.round((Date.now() - entry.at) / 1000)));
  const headers = { "X-Part": "1", Accept: "application/json" };
  const answer = await fetch(entry.url, { method: "POST", body, headers, credentials: "same-origin" });
  if (answer.headers.has("X-Go")) return { state: "sent", to: answer.headers.get("X-Go") };
  if (answer.status === 401 || answer.status >= 500 || answer.status === 429) return { state: "waiting", why: "server" };
  return { state: "refused", words: await sentences(answer) };
}

// What a refusal says: the sentences of the form, or the one of an error.
async function sentences(answer) {
  const text = await answer.text();
  if (answer.headers.get("Content-Type")?.includes("json")) return [JSON.parse(text).error];
  return said(new DOMParser().parseFromString(text, "text/html"));
}

function said(page) {
  const lines = [...page.querySelectorAll("[role=alert] li, .notice-danger li, .field-error")].map((one) => one.textContent.trim());
  const error = page.querySelector("main .empty p, [role=alert]")?.textContent.trim();
  const words = [...new Set(lines.filter(Boolean))];
  return words.length ? words : [error || page.title];
}

let isSending = false;

// One at a time and in order, also where several pages of the site are open.
async function sendAll() {
  if (isSending) return;
  isSending = true;
  try {
    if (navigator.locks) await navigator.locks.request("outbox", { ifAvailable: true }, (lock) => lock && sendEach());
    else await sendEach();
  } finally {
    isSending = false;
    await show();
  }
}

async function sendEach() {
  for (const entry of (await mine()).filter((one) => one.state === "waiting")) {
    let outcome;
    try {
      outcome = await send(entry);
    } catch {
      return;
    }
    if (outcome.state === "waiting") return show(outcome.why);
    // What was sent is not needed any more; only that it was.
    if (await find(entry.id)) await put({ ...entry, ...outcome, fields: outcome.state === "sent" ? [] : entry.fields, sentAt: Date.now() });
    await show();
  }
}

// -- forms -----------------------------------------------------------------------------------------

function entryOf(form, submitter) {
  const fields = fieldsOf(form, submitter);
  const id = form.dataset.entry || crypto.randomUUID();
  const about = [...form.querySelectorAll(".combobox input[type=text], [data-about]")].map((one) => one.dataset.about ?? one.value).filter(Boolean);
  const title = [form.dataset.offline, ...about].join(" · ");
  return { id, user: user(), at: Date.now(), url: form.action, page: location.href.split("#")[0], title, fields, state: "waiting" };
}

async function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.dataset.sent) return;
  if (!form.checkValidity()) {
    // The server says it better, where there is one to be reached.
    if (navigator.onLine) return;
    event.preventDefault();
    form.reportValidity();
    return;
  }
  event.preventDefault();
  form.dataset.sent = "true";
  const button = event.submitter ?? form.querySelector("[type=submit], button:not([type])");
  button?.classList.add("is-busy");
  try {
    await sendOrKeep(form, entryOf(form, event.submitter));
  } catch {
    form.submit();
  } finally {
    delete form.dataset.sent;
    button?.classList.remove("is-busy");
  }
}

async function sendOrKeep(form, entry) {
  const ahead = (await mine()).some((one) => one.state === "waiting");
  await put(entry);
  await dropDraft(form);
  if (!ahead && navigator.onLine) {
    const outcome = await send(entry).catch(() => ({ state: "waiting" }));
    if (outcome.state === "sent") {
      await drop(entry.id);
      form.dispatchEvent(new CustomEvent("saved"));
      location.href = outcome.to;
      return;
    }
    if (outcome.state === "refused") return again(form, entry);
  }
  form.dispatchEvent(new CustomEvent("saved"));
  location.href = form.dataset.after || `${root()}/waiting/#kept`;
}

// Refused while the person is still there: the form itself is sent, so that the page says what is wrong where it is.
// What was filled in stays on the phone until the server has it: the network may go just now.
function again(form, entry) {
  sessionStorage.setItem(AGAIN, entry.id);
  const mark = document.createElement("input");
  Object.assign(mark, { type: "hidden", name: "_once", value: entry.id });
  form.append(mark);
  form.submit();
}

// The page that came of it: with the form and its mistakes the entry is one that was refused, and this form is what becomes
// of it; on any other page the server has it, and says so when it is sent.
async function goOn(forms) {
  const id = sessionStorage.getItem(AGAIN);
  sessionStorage.removeItem(AGAIN);
  const entry = id && (await find(id));
  const form = entry && forms.find((one) => one.action === entry.url);
  if (!form) return;
  form.dataset.entry = id;
  await put({ ...entry, state: "refused", words: said(document) });
}

// An entry that was refused, in its form again: /…#entry=ID.
async function refill(form) {
  const id = new URLSearchParams(location.hash.slice(1)).get("entry");
  const entry = id && (await find(id));
  if (!entry || entry.user !== user() || entry.state === "sent") return;
  form.dataset.entry = id;
  fill(form, entry.fields);
}

// -- what is shown ---------------------------------------------------------------------------------

async function show(why = "") {
  const entries = (await mine()).filter((one) => one.state !== "draft");
  for (const old of entries.filter((one) => one.state === "sent" && Date.now() - one.sentAt > SHOWN_FOR)) await drop(old.id);
  const bar = document.querySelector("[data-outbox]");
  const waiting = entries.filter((one) => one.state === "waiting").length;
  const atHand = new Set([...document.querySelectorAll("form[data-entry]")].map((form) => form.dataset.entry));
  const refused = entries.filter((one) => one.state === "refused" && !atHand.has(one.id)).length;
  if (bar) {
    bar.hidden = !(waiting || refused);
    bar.classList.toggle("is-refused", refused > 0);
    const words = [waiting && bar.dataset.waiting.replace("{n}", waiting), refused && bar.dataset.refused.replace("{n}", refused)];
    if (why === "signed-out") words.push(bar.dataset.signIn);
    bar.querySelector("[data-words]").textContent = words.filter(Boolean).join(bar.dataset.comma);
  }
  const forms = new Set(entries.filter((one) => one.state === "waiting").map((one) => new URL(one.url, location.href).pathname));
  for (const link of document.querySelectorAll("a[data-keep]")) link.classList.toggle("is-waiting", forms.has(link.pathname));
  const list = document.querySelector("[data-entries]");
  if (list) list.replaceChildren(...entries.reverse().map((entry) => line(list, entry)));
  const none = document.querySelector("[data-none]");
  if (none) none.hidden = entries.length > 0;
}

function line(list, entry) {
  const item = document.getElementById(`entry-${entry.state}`).content.firstElementChild.cloneNode(true);
  item.querySelector("[data-title]").textContent = entry.title;
  item.querySelector("[data-at]").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const why = item.querySelector("[data-why]");
  if (why) why.replaceChildren(...(entry.words ?? []).map((words) => Object.assign(document.createElement("li"), { textContent: words })));
  const photos = entry.fields.filter(([, value]) => value instanceof File).length;
  const count = item.querySelector("[data-photos]");
  if (count) Object.assign(count, { textContent: count.dataset.photos.replace("{n}", photos), hidden: !photos });
  const open = item.querySelector("[data-open]");
  if (open) open.href = entry.state === "sent" ? entry.to : `${entry.page}#entry=${entry.id}`;
  item.querySelector("[data-again]")?.addEventListener("click", async () => {
    await put({ ...entry, state: "waiting" });
    await show();
    await sendAll();
  });
  const away = item.querySelector("[data-discard]");
  away?.addEventListener("click", async () => {
    if (!(await ask(away))) return;
    await drop(entry.id);
    await show();
  });
  return item;
}

// -- signing out -----------------------------------------------------------------------------------

// Nothing private is left on the phone, and nothing that waits is lost without being asked about.
async function onSignOut(event) {
  const form = event.target;
  if (form.dataset.cleared) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const waiting = (await mine()).filter((one) => one.state === "waiting" || one.state === "refused");
  const asker = document.querySelector("[data-outbox]");
  if (waiting.length && !(await ask({ dataset: { confirm: asker.dataset.lose.replace("{n}", waiting.length), confirmOk: asker.dataset.loseOk, confirmDanger: "" }, closest: () => null }))) return;
  for (const entry of await mine()) await drop(entry.id);
  await caches?.delete("pages");
  form.dataset.cleared = "true";
  form.requestSubmit();
}

// -- start -----------------------------------------------------------------------------------------

async function startWorker() {
  if (!("serviceWorker" in navigator)) return;
  const registered = await navigator.serviceWorker.register(`${root()}/sw.js`, { scope: `${root()}/` });
  const worker = registered.active ?? (await navigator.serviceWorker.ready).active;
  const files = new URL(import.meta.url).pathname.split("/").slice(0, -2).join("/");
  const wanted = [...document.querySelectorAll("a[data-keep]")].map((link) => link.href.split("#")[0]);
  const keep = [...new Set([`${location.origin}${root()}/waiting/`, ...wanted])];
  // The first visit was made before there was a worker, so the page itself and its files are asked for once more.
  worker?.postMessage({ files, keep: document.body.hasAttribute("data-kept") ? [location.href.split("#")[0], ...keep] : keep });
  if (!navigator.serviceWorker.controller) for (const entry of performance.getEntriesByType("resource")) if (entry.name.includes(files)) fetch(entry.name).catch(() => {});
}

export async function startOutbox() {
  if (!document.body.dataset.user || !("indexedDB" in window)) return;
  const forms = [...document.querySelectorAll("form[data-offline]")];
  const drafts = forms.map(keepDraft);
  for (const form of forms) form.addEventListener("submit", onSubmit);
  document.querySelector("form[data-sign-out]")?.addEventListener("submit", onSignOut, true);
  startWorker().catch(() => {});
  await goOn(forms);
  for (const form of forms) await refill(form);
  await sweepDrafts();
  for (const putBack of drafts) await putBack();
  await show();
  if (location.hash === "#kept") {
    toast(document.querySelector("[data-entries]")?.dataset.kept, "success");
    history.replaceState(null, "", location.pathname);
  }
  window.addEventListener("online", sendAll);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendAll());
  setInterval(async () => (await mine()).some((one) => one.state === "waiting") && sendAll(), EVERY);
  await sendAll();
}
