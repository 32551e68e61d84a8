// The request log: what the bot asked, and what it was answered.

import { el, show } from "./dom.js";

const NONE_YET = "Nothing yet. Each request to REST is listed here with its answer.";
const LONGEST_PART = 30;
const filter = document.getElementById("request-filter");
const refusals = document.getElementById("refusals-only");
let all = [];

export function startRequests() {
  filter.addEventListener("input", draw);
  refusals.addEventListener("change", draw);
}

export function drawRequests({ requests }) {
  all = requests;
  draw();
}

function draw() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter((each) => (!refusals.checked || refused(each)) && fits(each, words)).reverse();
  show(document.getElementById("requests"), shown.map((each) => ({ ...each, key: String(each.id) })), line);
  const count = document.getElementById("request-count");
  const said = all.length ? `${shown.length} of the last ${all.length}, the newest first` : NONE_YET;
  if (count.textContent !== said) count.textContent = said;
}

export function refused({ status }) {
  return status !== null && status >= 400;
}

function fits(request, words) {
  const { method, path, status, code, words: said, reason } = request;
  const text = [method, path, status ?? "no answer", code, said, reason].join(" ").toLowerCase();
  return words.every((each) => text.includes(each));
}

function line(request) {
  const { method, path, status, code, words, reason, at, body } = request;
  const told = new Date(at * 1000).toLocaleTimeString(undefined, { timeStyle: "medium" });
  const kind = status === null ? "none" : refused(request) ? "bad" : "good";
  const no = [code, words].filter(Boolean).join(" ");
  return el(
    "li",
    { class: refused(request) ? "refused" : "" },
    el("span", { class: "method" }, method),
    el("span", { class: `code ${kind}` }, status ?? "no answer"),
    el("time", { class: "quiet" }, told),
    el("code", { title: path }, shortened(path)),
    no && el("strong", { class: "bad said" }, no),
    hidden(request) && el("span", { class: "said warn" }, "It was carried out all the same."),
    reason && el("span", { class: "said quiet" }, `Reason: ${reason}`),
    filled(body) && el("details", {}, el("summary", {}, "What was sent"), el("pre", { tabindex: 0 }, pretty(body))),
  );
}

/** A token says nothing to anybody; it may break before each part. */
function shortened(path) {
  const parts = path.split("/").map((each) => (each.length > LONGEST_PART ? `${each.slice(0, 8)}…` : each));
  return parts.join("\u200b/");
}

/** Done, and the bot was told otherwise or nothing. */
function hidden({ done, status }) {
  return done && (status === null || status >= 400);
}

function filled(body) {
  return body !== null && typeof body === "object" && Object.keys(body).length > 0;
}

function pretty(body) {
  return el("code", {}, JSON.stringify(body, null, 2));
}
