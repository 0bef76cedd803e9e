/* Pages that follow what happens: <div data-live="activity:a1" data-at="12" data-page="/activities/a1"> names what, as of which
   position, and where the page is. When the server says that it has changed, the parts marked data-follow are fetched anew.
   Listens to /live; where no stream is free it asks /live/now. Without this file a page stays as it was drawn. */
"use strict";

const QUIET = 1200; // ms without a hand on the page, so that nothing moves under it
const ASK = 10000; // ms between questions where no stream is free
const AGAIN = 120000; // ms until a stream is tried once more

const following = document.querySelector("[data-live]");
let stream = null, asking = 0, askingSince = 0, waiting = 0, touched = 0, mark = "", isStale = false;

function topicUrl(path) { return `${path}?topic=${encodeURIComponent(following.dataset.live)}`; }

/* The server's mark differs when what is shown differs; the first one is judged by how far the page itself had read. */
function hear(said) {
  const isNews = mark ? said.mark !== mark : said.position > Number(following.dataset.at);
  mark = said.mark;
  isStale ||= isNews;
  renew();
}

/* ---------- the page's parts, fetched anew: what was open stays open, what had the focus has it again ---------- */
async function renew() {
  if (!isStale || document.hidden) return;
  if (Date.now() - touched < QUIET || document.querySelector(".drawer.is-open, .drawer:target")) {
    clearTimeout(waiting);
    waiting = setTimeout(renew, QUIET);
    return;
  }
  isStale = false;
  try {
    const answer = await fetch(following.dataset.page);
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-follow]")) swap(part, fresh.getElementById(part.id));
  } catch { isStale = true; } // the network is gone; the next news tries again
}

function swap(old, fresh) {
  if (!fresh) return;
  for (const fold of fresh.querySelectorAll("details[id]")) {
    const was = old.querySelector(`#${CSS.escape(fold.id)}`);
    if (was) fold.toggleAttribute("open", was.open);
  }
  if (old.isEqualNode(fresh)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(document.adoptNode(fresh));
  if (focused) twin(fresh, focused)?.focus();
  window.htmx?.process(fresh);
}

/* The same thing in the new part: by what it does, else by what it belongs to. */
function twin(part, el) {
  for (const name of ["id", "formaction", "href"]) {
    if (el.hasAttribute(name)) return part.querySelector(`[${name}="${CSS.escape(el.getAttribute(name))}"]`);
  }
  const box = el.closest("[id]");
  return box && part.querySelector(`#${CSS.escape(box.id)} ${el.tagName}`);
}

/* ---------- listening, or asking. A page that nobody sees does neither: a stream holds a thread of the server ---------- */
function listen() {
  stop();
  stream = new EventSource(topicUrl("/live"));
  stream.onmessage = (event) => hear(JSON.parse(event.data));
  stream.onerror = () => { if (stream?.readyState === EventSource.CLOSED) { askingSince = Date.now(); ask(); } };
}

async function ask() {
  stop();
  try {
    const answer = await fetch(topicUrl("/live/now"));
    if (answer.ok) hear(await answer.json());
    else if (answer.status < 500) return; // it is not there any more, or not ours
  } catch { /* the network is gone; ask again */ }
  asking = setTimeout(Date.now() - askingSince > AGAIN ? listen : ask, ASK);
}

function stop() {
  clearTimeout(asking);
  stream?.close();
  stream = null;
}

if (following) {
  for (const kind of ["pointermove", "pointerdown", "keydown"]) {
    document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else { listen(); renew(); } });
  window.addEventListener("pagehide", stop);
  listen();
}
