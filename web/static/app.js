/* Liandong: the few things a page cannot do by itself. Every page works without this file.
   theme switch; drawers that hold and return focus; keys in grids and calendars; a sentence when a request fails. */
"use strict";

/* ---------- theme: auto -> light -> dark. The cookie lets the server draw the next page without a flash. ---------- */
const THEMES = { auto: ["i-half", "跟随系统"], light: ["i-sun", "浅色"], dark: ["i-moon", "深色"] };

function savedTheme() {
  try { return localStorage.getItem("theme"); } catch { return null; } // storage may be switched off
}

function setTheme(name) {
  document.documentElement.dataset.bsTheme = name;
  try { localStorage.setItem("theme", name); } catch { /* the cookie is enough */ }
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  document.cookie = `${prefix}theme=${name}; path=/; max-age=31536000; samesite=lax${secure}`;
}

function showTheme(button, name) {
  const [icon, word] = THEMES[name];
  button.querySelector("use").setAttribute("href", `/static/icons.svg#${icon}`);
  button.setAttribute("aria-label", `配色：${word}，点按更换`);
  button.title = `配色：${word}`;
}

function startTheme() {
  const root = document.documentElement;
  const saved = savedTheme();
  if (saved in THEMES && saved !== root.dataset.bsTheme) setTheme(saved);
  const button = document.getElementById("theme");
  if (!button) return;
  button.hidden = false;
  showTheme(button, root.dataset.bsTheme in THEMES ? root.dataset.bsTheme : "auto");
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(root.dataset.bsTheme) + 1) % names.length];
    setTheme(next);
    showTheme(button, next);
  });
}

/* ---------- drawer: while open all else is inert, which is the trap; closing gives the focus back ---------- */
let opener = null;
let isHeld = false; // a link within the page changes the hash too, and its target gets the focus

function openDrawer() {
  return document.querySelector(".drawer.is-open") || document.querySelector(".drawer:target");
}

function holdOthers(drawer) {
  for (const el of document.body.children) {
    if (el.tagName !== "SCRIPT") el.inert = Boolean(drawer) && el !== drawer && !el.contains(drawer);
  }
}

function syncDrawer() {
  const drawer = openDrawer();
  holdOthers(drawer);
  if (drawer) {
    isHeld = true;
    drawer.setAttribute("role", "dialog");
    drawer.setAttribute("aria-modal", "true");
    if (!drawer.contains(document.activeElement)) drawer.focus();
  } else if (isHeld) {
    isHeld = false;
    opener?.focus();
    opener = null;
  }
}

function closeDrawer() {
  const drawer = openDrawer();
  if (!drawer) return;
  if (drawer.classList.contains("is-open")) {
    const slot = document.createElement("div"); // the empty place stays, so that the next one can be swapped in
    slot.id = drawer.id;
    drawer.replaceWith(slot);
    syncDrawer();
  } else {
    location.hash = "_";
  }
}

function startDrawers() {
  document.addEventListener("click", (event) => {
    const drawer = openDrawer();
    const link = event.target.closest("a, button");
    if (!drawer) { opener = link; return; }
    const closer = link && link.matches("[data-close]");
    if (!drawer.contains(event.target) || (closer && drawer.classList.contains("is-open"))) {
      event.preventDefault();
      closeDrawer();
    }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeDrawer(); });
  window.addEventListener("hashchange", syncDrawer);
  document.addEventListener("htmx:afterSettle", syncDrawer);
  syncDrawer();
}

/* ---------- grids: table[data-grid]. Enter and arrows walk a column, digits choose an outcome, Ctrl+Enter sends ---------- */
function gridMove(field, step) {
  const cell = field.closest("td, th");
  let row = cell.parentElement;
  do { row = step > 0 ? row.nextElementSibling : row.previousElementSibling; } while (row && row.classList.contains("hintrow"));
  const target = row && row.cells[cell.cellIndex]?.querySelector("input:checked, input:not([type=radio]), select, textarea, input");
  if (!target) return false;
  target.focus();
  if (target.select) target.select();
  return true;
}

function gridKey(event) {
  const field = event.target;
  if (event.isComposing || !field.closest("[data-grid]") || field.getAttribute("aria-expanded") === "true") return;
  const choices = field.closest(".outcome");
  if (choices && /^[1-9]$/.test(event.key)) {
    const choice = choices.querySelectorAll("input")[event.key - 1];
    if (choice) { choice.click(); choice.focus(); event.preventDefault(); }
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    field.form.requestSubmit();
  } else if (event.key === "Enter" && field.tagName === "INPUT" && field.type !== "checkbox") {
    event.preventDefault();
    gridMove(field, event.shiftKey ? -1 : 1);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && field.matches("input:not([type=radio], [type=number])")) {
    if (gridMove(field, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
  }
}

/* Calendars and day strips: arrows walk the days; Tab still works everywhere. */
function dayKey(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
  const box = step && event.target.closest(".cal, .days");
  if (!box) return;
  const days = [...box.querySelectorAll("a")];
  const next = days[days.indexOf(event.target) + step];
  if (next) { event.preventDefault(); next.focus(); }
}

/* ---------- a failed request says so; nothing typed is lost, because nothing is swapped ---------- */
function say(title, text) {
  const template = document.getElementById("failure");
  const region = document.getElementById("notices");
  if (!template || !region) return;
  const notice = template.content.cloneNode(true);
  notice.querySelector("b").textContent = title;
  notice.querySelector("span").textContent = text;
  region.replaceChildren(notice);
}

function startRequests() {
  document.addEventListener("htmx:beforeRequest", () => document.querySelector("[data-failure]")?.remove());
  document.addEventListener("htmx:sendError", () => say("网络断了。", "没有送出。写的都在，连上后再按一次。"));
  document.addEventListener("htmx:timeout", () => say("等得太久。", "没有收到回音。写的都在，请再按一次。"));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.shouldSwap) return;
    if (event.detail.xhr.getResponseHeader("Recorded")) return say("已经记下，页面稍后更新。", "不用再按一次。");
    const gone = event.detail.xhr.status === 401;
    say("没有办成。", gone ? "登录过期了。写的都在，请在新窗口登录后再按一次。" : `系统答复 ${event.detail.xhr.status}。写的都在，稍后再试。`);
  });
}

/* ---------- the browser keeps no address: htmx notes the last one, and names that were looked for may stand in it ---------- */
function forgetAddress() {
  try { sessionStorage.removeItem("htmx-current-path-for-history"); } catch { /* storage is switched off */ }
}

document.addEventListener("keydown", (event) => { gridKey(event); dayKey(event); });
document.addEventListener("htmx:pushedIntoHistory", forgetAddress);
window.addEventListener("pagehide", forgetAddress);
forgetAddress();
startTheme();
startDrawers();
startRequests();
