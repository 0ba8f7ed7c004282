// Lists the demo's documents and keeps the chosen one's live code fresh. Nothing is stored, nothing leaves this page.
"use strict";

const RENEW_BEFORE_S = 20; // a new code before the old one ends: a slow hand still shows a good one
const RETRY_MS = 3000;

const byId = (id) => document.getElementById(id);
let shown = null; // the chosen document
let endsAt = 0; // performance.now() at which the shown code ends
let renewing = false;
let retryAt = 0;

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

async function loadDocuments() {
  const answer = await fetch("/api/documents", { cache: "no-store" });
  const { documents, examples } = await answer.json();
  byId("documents").replaceChildren(...documents.map(lineOf));
  byId("examples").replaceChildren(...examples.map(lineOf));
  return [...documents, ...examples];
}

function lineOf(item) {
  const button = document.createElement("button");
  button.type = "button";
  const english = make("span", "en", item.title_en);
  english.lang = "en";
  button.append(make("span", "zh", item.title_zh), english);
  if (item.plate) button.append(make("span", item.new_energy ? "plate green" : "plate", item.plate));
  button.addEventListener("click", () => { location.hash = item.name; });
  const line = document.createElement("li");
  line.append(button);
  return line;
}

function choose(documents) {
  const name = decodeURIComponent(location.hash.slice(1));
  shown = documents.find((item) => item.name === name) || null;
  byId("list").hidden = shown !== null;
  byId("document").hidden = shown === null;
  document.title = shown ? `${shown.title_zh} ${shown.plate} 演示` : "电子凭证 演示";
  if (!shown) return;
  byId("title").textContent = shown.title_zh;
  byId("subtitle").textContent = shown.title_en;
  byId("plate").textContent = shown.plate;
  byId("plate").hidden = shown.plate === "";
  byId("plate").className = shown.new_energy ? "green" : "";
  byId("note").textContent = shown.note;
  byId("code").replaceChildren();
  endsAt = 0;
  retryAt = 0;
  renew();
  window.scrollTo(0, 0);
}

async function renew() {
  if (!shown || renewing) return;
  renewing = true;
  const wanted = shown;
  const asked = performance.now();
  try {
    const answer = await fetch(`/code/${encodeURIComponent(wanted.name)}.svg`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    if (wanted === shown) {
      byId("code").replaceChildren(document.importNode(drawing, true));
      const lives = answer.headers.get("X-Code-Lives-S");
      endsAt = lives === null ? Infinity : asked + 1000 * Number(lives);
      trouble("");
    }
  } catch (error) {
    trouble("暂时无法刷新，请检查连接。Cannot renew: is the program still running?");
    retryAt = performance.now() + RETRY_MS;
  } finally {
    renewing = false;
    if (wanted !== shown) renew();
    tick();
  }
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = text === "";
}

function tick() {
  if (!shown) return;
  const live = endsAt !== Infinity; // a downloaded or printed code does not renew
  byId("life").hidden = !live;
  byId("renew").hidden = !live;
  if (!live) return;
  const lives = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  const fresh = lives - RENEW_BEFORE_S; // seconds until the next code; below zero when it could not be fetched
  byId("code").classList.toggle("over", lives === 0);
  byId("seconds").textContent = String(fresh > 0 ? fresh : lives);
  byId("hint").textContent = fresh > 0 ? "秒后自动刷新 · renews itself" : "秒后失效 · then it ends";
  byId("left").value = Math.max(0, fresh);
  if (fresh <= 0 && performance.now() >= retryAt) renew();
}

loadDocuments().then((documents) => {
  choose(documents);
  window.addEventListener("hashchange", () => choose(documents));
  byId("back").addEventListener("click", () => { location.hash = ""; });
  byId("renew").addEventListener("click", renew);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  setInterval(tick, 250);
}).catch(() => trouble("无法连接。Cannot connect."));
