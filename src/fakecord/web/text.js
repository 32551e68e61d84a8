// Discord's markup to elements. Everything is made by name and filled with text: no markup is ever parsed.

import { el, icon } from "./dom.js";

const MENTIONED = /<(@[!&]?|#)(\d+)>/g;
const EMPHASIS = { "**": "strong", "__": "u", "~~": "s", "*": "em", _: "em" };
const UNITS = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86400, 3600, "hour"],
  [2592000, 86400, "day"],
  [31536000, 2592000, "month"],
  [Infinity, 31536000, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

// Each: what stands at the beginning of the rest, and what becomes of it. The first one that fits.
const INLINE = [
  [/^\\([^\w\s])/, ([, sign]) => sign],
  [/^(`{1,2})([^`](?:[^]*?[^`])?)\1(?!`)/, ([, , code]) => el("code", {}, code)],
  [/^(\*\*|__|~~)(?=\S)([^]+?)\1/, ([, mark, inner], names) => el(EMPHASIS[mark], {}, inline(inner, names))],
  [/^\*(?=[^\s*])([^*]+?)\*/, ([, inner], names) => el("em", {}, inline(inner, names))],
  [/^_(?=[^\s_])([^_]+?)_(?!\w)/, ([, inner], names) => el("em", {}, inline(inner, names))],
  [/^\|\|(?=\S)([^]+?)\|\|/, ([, inner], names) => spoiler(inline(inner, names))],
  [/^<(@[!&]?|#)(\d+)>/, ([all], names) => mention(all, names)],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, at, style]) => moment(Number(at), style)],
  [/^<\/([^:<>]{1,100}):\d+>/, ([, name]) => el("span", { class: "mention" }, `/${name}`)],
  [/^<a?(:\w+:)\d+>/, ([, name]) => name],
  [/^@(?:everyone|here)\b/, ([all]) => el("span", { class: "mention" }, all)],
  [/^\[([^\]\n]+)\]\(<?(https?:\/\/[^\s<>)]+)>?\)/, ([, label, to]) => link(to, label)],
  [/^<(https?:\/\/[^\s<>]+)>/, ([, to]) => link(to, to)],
  [/^https?:\/\/[^\s<>]*[^\s<>.,:;"'\])!?]/, ([to]) => link(to, to)],
];
const SPECIAL = /[\\`*_~|<@[h]/g;

const BLOCKS = [
  [/^-# (.*)/, "fine"],
  [/^# (.*)/, "big"],
  [/^#{2,3} (.*)/, "medium"],
  [/^> ?(.*)/, "quote"],
  [/^ *[-*] (.*)/, "item"],
];

/** *names* says who and what `<@1>` and `<#2>` are, as `namesIn` has found them. */
export function rich(text, names = {}) {
  const parts = text.split(/```(?:[\w+-]+\n)?\n?([^]*?)```/);
  return el("div", { class: "rich" }, parts.map((part, index) => (index % 2 ? fence(part) : lines(part, names))));
}

/** `{"<#1>": {label, channel}}` for every mention somewhere in *data*; *look* tells what one of an id is. */
export function namesIn(data, look) {
  const found = {};
  for (const [all, kind, id] of JSON.stringify(data).matchAll(MENTIONED)) found[all] = look(kind, id);
  return found;
}

function lines(text, names) {
  const kept = text.replace(/^\n|\n$/g, "");
  return kept ? kept.split("\n").map((line) => block(line, names)) : [];
}

function block(line, names) {
  for (const [pattern, kind] of BLOCKS) {
    const found = pattern.exec(line);
    if (found) return el("div", { class: kind }, inline(found[1], names));
  }
  return el("div", {}, line ? inline(line, names) : el("br"));
}

function inline(text, names) {
  const nodes = [];
  let from = 0;
  let at = 0;
  while ((at = next(text, at)) < text.length) {
    const [taken, node] = match(text, at, names);
    if (taken) nodes.push(text.slice(from, at), node);
    at += taken || 1;
    if (taken) from = at;
  }
  return [...nodes, text.slice(from)];
}

function next(text, at) {
  SPECIAL.lastIndex = at;
  return SPECIAL.exec(text)?.index ?? text.length;
}

function match(text, at, names) {
  // Inside a word, as in snake_case, an underscore or an h is a letter.
  if (/[_h]/.test(text[at]) && text[at + 1] !== "_" && /\w/.test(text[at - 1] ?? " ")) return [0, null];
  const rest = text.slice(at);
  for (const [pattern, make] of INLINE) {
    const found = pattern.exec(rest);
    if (found) return [found[0].length, make(found, names)];
  }
  return [0, null];
}

function fence(code) {
  return el("pre", { tabindex: 0 }, el("code", {}, code.replace(/\n$/, "")));
}

function spoiler(inner) {
  return el("details", { class: "spoiler" }, el("summary", {}, "spoiler"), el("span", {}, inner));
}

export function link(to, label) {
  return el("a", { href: to, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** A channel is a button: whoever listens finds its id in `data-channel`, and whether one can sit there. */
function mention(all, names) {
  const { label, channel, vocal } = names[all] ?? { label: all };
  if (!channel) return el("span", { class: "mention" }, label);
  const facts = { "data-channel": channel, "data-vocal": vocal };
  return el("button", { type: "button", class: "mention", ...facts }, icon(vocal ? "speaker" : "hash"), label);
}

function moment(at, style = "f") {
  const date = new Date(at * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${at}>`;
  const long = new Intl.DateTimeFormat(undefined, STYLES.F).format(date);
  const words = style === "R" ? "" : new Intl.DateTimeFormat(undefined, STYLES[style]).format(date);
  return el("time", { datetime: date.toISOString(), title: long, "data-relative": style === "R" && at }, words);
}

/** Say anew how long ago or how soon each `<t:…:R>` on the page is. */
export function tellTimes(now) {
  for (const each of document.querySelectorAll("time[data-relative]")) {
    const words = howSoon(Number(each.dataset.relative) - now);
    if (each.textContent !== words) each.textContent = words;
  }
}

function howSoon(seconds) {
  const [, size, unit] = UNITS.find(([below]) => Math.abs(seconds) < below);
  return relative.format(Math.round(seconds / size), unit);
}
