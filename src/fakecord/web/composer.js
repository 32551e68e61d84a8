// Saying something, and running a slash command.

import * as acts from "./acts.js";
import { combobox } from "./combobox.js";
import { button, el, icon } from "./dom.js";
import { field, given } from "./options.js";
import { DIRECT, current } from "./view.js";

const MOST_SHOWN = 25;
const sayForm = document.getElementById("say");
const text = document.getElementById("text");
const form = document.getElementById("command");
let open = null; // the command in the form, and whose and where it is

export function startComposer(notice) {
  const list = document.getElementById("command-list");
  combobox(text, list, { load: (typed) => offered(typed), take: (chosen) => openCommand(chosen, notice) });
  sayForm.addEventListener("submit", send);
  form.addEventListener("submit", runIt);
  form.addEventListener("keydown", (event) => event.key === "Escape" && close());
}

export function drawComposer(view) {
  const { channel, member } = view;
  const place = channel ? `${channel.id === DIRECT ? "" : "#"}${channel.name}` : "";
  const may = !!channel;
  text.disabled = !may;
  sayForm.querySelector("button").disabled = !may;
  text.placeholder = placeholder(channel, member, place);
  if (open && open.where !== whereIs(view)) close();
}

function placeholder(channel, member, place) {
  if (!channel) return "There is nowhere to write";
  if (channel.id === DIRECT) return `Write to the bot in private as ${member.name}`;
  if (!channel.may_write) return `${member.name} may not write in ${place}, but may try`;
  return `Message ${place} as ${member.name}, or / for a command`;
}

function whereIs({ guild, member, channel }) {
  return `${guild?.id} ${member?.id} ${channel?.id}`;
}

/** The commands that can be meant by *typed*, each with its sub-commands as Discord lists them. */
function offered(typed) {
  if (!typed.startsWith("/") || typed.includes(":") || current().channel?.id === DIRECT) return null;
  const wanted = typed.toLowerCase().trimEnd();
  const all = current().commands.flatMap((command) => leaves(command, `/${command.name}`));
  return all.filter((each) => each.label.startsWith(wanted)).slice(0, MOST_SHOWN);
}

function leaves(node, label) {
  const inner = (node.options ?? []).filter((each) => each.type <= 2);
  if (inner.length) return inner.flatMap((each) => leaves(each, `${label} ${each.name}`));
  return [{ label, hint: node.description, options: node.options ?? [] }];
}

async function send(event) {
  event.preventDefault();
  const typed = text.value.trim();
  if (!typed) return;
  const direct = current().channel.id === DIRECT;
  const done = direct ? await acts.sayDirectly(typed) : typed.startsWith("/") ? await acts.run(typed) : await acts.say(typed);
  if (done) text.value = "";
}

function openCommand({ label, hint, options }, notice) {
  const fields = [];
  const context = { view: current(), command: label, all: () => fields, say: notice };
  fields.push(...options.map((option) => field(option, context)));
  open = { command: label, fields, where: whereIs(current()) };
  const cancel = button(icon("close"), close, { class: "plain", "aria-label": "Put the command away" });
  form.replaceChildren(
    el("p", { class: "title" }, el("strong", {}, label), " ", el("span", { class: "quiet" }, hint), cancel),
    el("div", { class: "options" }, fields.map(({ box }) => box)),
    el("button", { class: "primary", type: "submit" }, "Run"),
  );
  swap(true);
  (fields[0]?.control ?? form.querySelector("[type=submit]")).focus();
}

async function runIt(event) {
  event.preventDefault();
  const asked = open;
  const taken = asked && (await acts.run(asked.command, given(asked.fields)));
  if (taken && open === asked) close();
}

function close() {
  open = null;
  const focused = form.contains(document.activeElement);
  text.value = "";
  swap(false);
  if (focused) text.focus();
}

function swap(command) {
  form.hidden = !command;
  sayForm.hidden = command;
}
