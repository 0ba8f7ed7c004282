// Shows the terminal's state every two seconds and, for who is logged in, the camera. Stores the language, nothing else.
"use strict";

const LOOK_MS = 2000;
const PICTURE_MS = 200;
const TESTS_MS = 2000;
const SHOWN_AS = { GO: "good", "GO+": "good", STOP: "bad", ALERT: "bad", SERVICE: "bad" };

const RECORD_AS = { PASS: "good", FAIL: "bad", SKIP: "unknown" };

const byId = (id) => document.getElementById(id);
let language = navigator.language.startsWith("zh") ? "zh" : "en";
try { language = localStorage.getItem("language") || language; } catch { /* private window: not remembered */ }
let inside = false;
let mayPreview = false;
let peak = 0;

function say(word, slots = {}) {
  const text = WORDS[language][word] ?? word;
  return Object.entries(slots).reduce((said, [slot, value]) => said.replace(`{${slot}}`, value), text);
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function lasted(seconds) {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const first = units.findIndex(([, length]) => seconds >= length);
  if (first < 0) return say("moment");
  const [unit, length] = units[first];
  let text = `${Math.floor(seconds / length)} ${say(unit)}`;
  if (first < 2) {
    const [finer, short] = units[first + 1];
    const rest = Math.floor((seconds % length) / short);
    if (rest) text += ` ${rest} ${say(finer)}`;
  }
  return text;
}

const localTime = (iso) => (iso ? new Date(iso).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" }) : "--:--:--");

const localDay = (iso) => new Date(iso).toLocaleString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });

function showWords() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  byId("language").textContent = say("other");
}

function showState({ fresh, status }) {
  const known = fresh && status;
  const kind = !known ? "unknown" : status.fault ? "bad" : "good";
  byId("service").className = `banner ${kind}`;
  byId("service-word").textContent = !known ? say("silent") : status.fault ? `${say("out")} ${status.fault}` : say("running");
  byId("service-detail").textContent = known ? say("today", { count: status.verdicts.today }) : say("silent_detail");
  byId("name").textContent = status ? status.terminal.id : "";
  byId("facts").replaceChildren(...(known ? facts(status) : []).flatMap(([word, value]) => [make("dt", "", say(word)), make("dd", "", value)]));
  showRecord(known ? status.commissioning : undefined);
  const last = known ? status.verdicts.last : [];
  byId("no-last").hidden = last.length > 0;
  byId("last").replaceChildren(...last.map(lineOf));
}

function facts(status) {
  const { terminal, frames, trust, clock } = status;
  const ago = (seconds) => (seconds === null ? "–" : seconds < 1 ? say("now") : say("before", { age: lasted(seconds) }));
  return [
    ["fact_profile", say(terminal.profile) + (trust.demo ? ` · ${say("demo")}` : "")],
    ["fact_lane", terminal.lane],
    ["fact_frame", ago(frames.age_s)],
    ["fact_decode", frames.decode_s === null ? "–" : `${Math.round(frames.decode_s * 1000)} ms`],
    ["fact_list", ago(trust.list_age_s)],
    ["fact_clock", `${localTime(clock.time)} ${clock.level}${clock.doubt_s === null ? "" : ` ±${clock.doubt_s} s`}`],
    ["fact_relay", String(status.relay_pulses)],
    ["fact_unread", String(status.unread_episodes)],
    ["fact_uptime", lasted(status.uptime_s)],
    ["fact_version", terminal.firmware],
  ];
}

function lineOf({ time, family, reason }) {
  const line = document.createElement("li");
  line.append(make("span", "soft", localTime(time)), make("span", `mark ${SHOWN_AS[family] || "unknown"}`, family), make("span", "reason", reason));
  return line;
}

function showCommissioning({ open, yours, left_s: left, preview, receipts }) {
  inside = open && yours;
  mayPreview = preview;
  byId("closed").hidden = open;
  byId("login").hidden = !open || yours;
  byId("inside").hidden = !inside;
  byId("receipt").hidden = !receipts;
  byId("left").textContent = say("left", { minutes: Math.max(1, Math.ceil(left / 60)) });
  if (!preview) { byId("no-picture").hidden = false; byId("no-picture").textContent = say("no_preview_here"); }
  byId("picture").hidden = !preview;
  if (!inside) forget();
}

function forget() {
  peak = 0;
  byId("focus").hidden = true;
}

function showFocus(score) {
  peak = Math.max(peak, score);
  byId("focus").hidden = false;
  byId("score").textContent = score;
  byId("peak-score").textContent = peak;
  byId("bar").style.width = `${score}%`;
  byId("peak").style.left = `${peak}%`;
  byId("focus-hint").textContent = say(peak - score <= 3 && score > 20 ? "focus_good" : "focus_low");
}

function showTests(lines) {
  byId("tests").replaceChildren(...lines.map(({ name, outcome, figure }) => {
    const line = document.createElement("li");
    const shown = figure === null ? "" : ["list", "camera", "commissioned"].includes(name) ? lasted(figure) : name === "heat" ? `${Math.round(figure)} °C` : String(figure);
    line.append(make("span", "", say(name)), make("span", "figure", shown), make("span", `mark ${outcome}`, say(outcome)));
    return line;
  }));
}

// The last commissioning record: made at the device with yanma selftest, never from here.
function showRecord(record) {
  const parts = [];
  if (record) {
    parts.push(record.number === null ? "" : say("record_number", { number: record.number }));
    parts.push(record.time === null ? say("record_time_unknown") : localDay(record.time));
    if (record.age_s !== null) parts.push(say("before", { age: lasted(record.age_s) }));
    parts.push(say(`signature_${record.signature}`));
  }
  byId("record").textContent = record === undefined ? say("unknown") : record === null ? say("record_never") : parts.filter(Boolean).join(" · ");
  byId("record-lines").replaceChildren(...(record ? record.lines : []).map(({ name, outcome }) => {
    const line = document.createElement("li");
    line.append(make("span", "", say(`line_${name}`)), make("span", `mark ${RECORD_AS[outcome] || "unknown"}`, say(`outcome_${outcome}`)));
    return line;
  }));
}

async function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

async function fetchReceipt(code, part) {
  const trouble = byId("receipt-trouble");
  const response = await fetch(`/api/receipt?code=${encodeURIComponent(code)}&part=${part}`);
  trouble.hidden = response.ok;
  if (!response.ok) { trouble.textContent = say(`receipt_${(await response.json()).error}`.replaceAll("-", "_")); return; }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = response.headers.get("Content-Disposition").split('"')[1];
  link.click();
  URL.revokeObjectURL(link.href);
}

async function look() {
  try {
    const answer = await (await fetch("/api/status")).json();
    showState(answer);
    showCommissioning(answer.commissioning);
  } catch {
    showState({ fresh: false, status: null });
    showCommissioning({ open: false, yours: false, left_s: 0, preview: false });
  }
}

async function lookThrough() {
  if (!inside || !mayPreview) return;
  const response = await fetch("/api/preview");
  byId("no-picture").hidden = response.ok;
  byId("picture").classList.toggle("old", !response.ok);
  if (!response.ok) { byId("no-picture").textContent = say("no_picture"); return; }
  const bitmap = await createImageBitmap(await response.blob());
  const canvas = byId("picture");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  showFocus(Number(response.headers.get("X-Focus")));
}

async function test() {
  if (!inside) return;
  const response = await fetch("/api/self-test");
  if (response.ok) showTests(await response.json());
}

// One after the other, never two at once: a slow terminal is not asked faster.
async function again(work, pauseMs) {
  try { await work(); } catch { /* the next turn says it */ }
  setTimeout(() => again(work, pauseMs), pauseMs);
}

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const trouble = byId("login-trouble");
  const response = await post("/api/login", { code: byId("code").value });
  const { attempts_left: left } = await response.json();
  trouble.hidden = response.ok;
  if (!response.ok) trouble.textContent = left > 0 ? say("wrong_code", { left }) : say("locked");
  byId("code").value = "";
  await look();
});
byId("receipt").addEventListener("submit", async (event) => {
  event.preventDefault();
  await fetchReceipt(byId("receipt-code").value, event.submitter.value);
});
byId("logout").addEventListener("click", async () => { await post("/api/logout", {}); await look(); });
byId("forget").addEventListener("click", () => { peak = 0; });
byId("language").addEventListener("click", async () => {
  language = language === "zh" ? "en" : "zh";
  try { localStorage.setItem("language", language); } catch { /* not remembered */ }
  showWords();
  await look();
  await test();
});

showWords();
again(look, LOOK_MS);
again(lookThrough, PICTURE_MS);
again(test, TESTS_MS);
