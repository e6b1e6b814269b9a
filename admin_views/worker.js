// Answers for the site where there is no signal: its static files, and the pages that say they may be kept (X-Keep, with
// whose they are). Everything else goes to the network as ever. Served as /sw.js.
const ROOT = new URL(self.registration.scope).pathname;
const FILES = "files";
const PAGES = "pages";
const OWNER = `${ROOT}owner`;
const WAITING = `${ROOT}waiting/`;
const MOST = 300;
// A page that was kept so lately is not asked for again only because another page names it.
const FRESH = 10 * 60_000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || !url.pathname.startsWith(ROOT)) return;
  if (url.pathname.startsWith(`${ROOT}static/`)) return event.respondWith(file(request));
  if (request.mode === "navigate") event.respondWith(page(event));
});

self.addEventListener("message", (event) => {
  const { keep, forget, files } = event.data ?? {};
  if (forget) event.waitUntil((turn = turn.then(() => caches.delete(PAGES))));
  if (files) event.waitUntil(prune(files));
  if (keep) event.waitUntil(keepAll(keep));
});

// A file's address holds the hash of all files, so what is kept is never out of date.
async function file(request) {
  const kept = await caches.match(request, { cacheName: FILES });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(FILES)).put(request, answer.clone());
  return answer;
}

async function page(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(keepPage(event.request.url, answer.clone()));
    return answer;
  } catch {
    const kept = (await caches.match(event.request.url, { cacheName: PAGES })) ?? (await caches.match(WAITING, { cacheName: PAGES }));
    return kept ?? Response.error();
  }
}

// One after the other: of two that come at once, one would put its page into a cache that the other has just deleted.
let turn = Promise.resolve();
function keepPage(url, answer) {
  turn = turn.then(() => keepOne(url, answer)).catch(() => {});
  return turn;
}

// Pages of one person only: those of another go when the first of somebody else's comes, and one goes that the person
// may see no longer, or that is there no more.
async function keepOne(url, answer) {
  const owner = answer.headers.get("X-Keep");
  if ([403, 404, 410].includes(answer.status)) await (await caches.open(PAGES)).delete(url);
  if (!owner || !answer.ok || answer.redirected) return;
  let cache = await caches.open(PAGES);
  if ((await (await cache.match(OWNER))?.text()) !== owner) {
    await caches.delete(PAGES);
    cache = await caches.open(PAGES);
    await cache.put(OWNER, new Response(owner));
  }
  await cache.put(url, answer);
  const urls = await cache.keys();
  for (const old of urls.slice(1, Math.max(1, urls.length - MOST))) await cache.delete(old);
}

async function keepAll(urls) {
  for (const url of urls.slice(0, MOST)) {
    if (await isFresh(url)) continue;
    try {
      await keepPage(url, await fetch(url, { credentials: "same-origin" }));
    } catch {
      return;
    }
  }
}

async function isFresh(url) {
  await turn;
  const kept = await caches.match(url, { cacheName: PAGES });
  return Date.now() - Date.parse(kept?.headers.get("Date")) < FRESH;
}

async function prune(files) {
  const cache = await caches.open(FILES);
  for (const request of await cache.keys()) if (!request.url.includes(files)) await cache.delete(request);
}
