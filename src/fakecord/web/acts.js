// What the chosen member does, and what is done to the world around them.

import { ask, at } from "./door.js";
import { chosen, current, refresh } from "./view.js";

const PATIENCE = 3000; // ms, as Discord's own client

let notice = () => {};
const waiting = new Map();
let openModal = () => {};

/** *notice* is told words and whether they are bad news; *modal* an interaction's id and its modal. */
export function onAnswers(callbacks) {
  notice = callbacks.notice;
  openModal = callbacks.modal;
}

/** Do it; what is refused is said, in its place or above the composer, and answered with null. */
async function act(path, body = {}, say = notice, method = "POST") {
  try {
    say("");
    const answer = await ask(path, body, method);
    await refresh();
    return answer ?? true;
  } catch (error) {
    say(error.message, true);
    return null;
  }
}

function as(verb, body = {}, say = notice) {
  return act(at("members", chosen.member, verb), { guild_id: chosen.guild, ...body }, say);
}

/** For `act`: words go into *box*. */
export function sayIn(box) {
  return (words) => {
    box.textContent = words;
  };
}

/** Call *does* instead of sending the form, with what says things in the form's own error line. */
export function onSubmit(form, does) {
  const box = form.querySelector(".error") ?? form.parentElement.querySelector(".error");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    does(box ? sayIn(box) : notice);
  });
}

export const join = (channel) => as("join", { channel });
export const leave = () => as("leave");
export const mute = (on) => as("mute", { on });
export const deafen = (on) => as("deafen", { on });
export const stream = (on) => as("stream", { on });
export const say = (text) => as("type", { text, channel: chosen.channel });

export const sayDirectly = (text) => as("direct-messages", { text });
export const react = (message, emoji, on) => as("react", { message, emoji, on });
export const joinThread = (thread, on) => as("join-thread", { thread, on });

export const invite = (name, say) => act(at("guilds", chosen.guild, "members"), { name }, say);
export const moveClock = (how, say) => act("/clock", how, say);

// As the chosen member, who may or may not. In a dialog the error stands there.
export const startThread = (body) => as("start-thread", body);
export const createChannel = (body) => as("create-channel", body);
export const editChannel = (body) => as("edit-channel", body);
export const deleteChannel = (channel) => as("delete-channel", { channel });
export const createRole = (name, say) => as("create-role", { name }, say);
export const deleteRole = (role, say) => as("delete-role", { role }, say);
export const giveRole = (role, to, on, say) => as("give-role", { role, to, on }, say);
export const timeOut = (who, seconds, say) => as("time-out", { who, seconds }, say);

// As the owner would.
export const editRole = (role, permissions, say) =>
  act(at("guilds", chosen.guild, "roles", role), { permissions }, say, "PATCH");
export const overwrite = (channel, target, bits, say) =>
  act(at("channels", channel, "overwrites", target), bits, say, "PUT");

/** True once Discord would have taken it; the answer comes into the chat. */
export function run(command, options = {}) {
  return interact("run", { command, options, channel: chosen.channel });
}

export function click(message, custom_id) {
  return interact("click", { button: custom_id, message: message.id, channel: message.channel_id });
}

export function pickValues(message, custom_id, values) {
  return interact("pick", { of: custom_id, values, message: message.id, channel: message.channel_id });
}

export function submit(interaction_id, fields) {
  return interact("submit", { interaction_id, fields });
}

/** Suggestions for an option; throws a Refusal. */
export async function complete(command, option, text, options) {
  const path = at("members", chosen.member, "complete");
  const asked = { guild_id: chosen.guild, channel: chosen.channel, command, option, text, options };
  return (await ask(path, asked)).choices;
}

async function interact(verb, body) {
  const begun = await as(verb, { ...body, wait: 0 });
  if (!begun) return false;
  waiting.set(begun.interaction_id, setTimeout(() => giveUp(begun.interaction_id), PATIENCE));
  settle(current());
  if (waiting.has(begun.interaction_id)) notice("Waiting for the bot…");
  return true;
}

/** See which interactions have been answered by now. */
export function settle({ world }) {
  for (const each of world.interactions) {
    if (each.answer_type === null || !waiting.has(each.id)) continue;
    clearTimeout(waiting.get(each.id));
    waiting.delete(each.id);
    notice("");
    if (each.modal) openModal(each.id, each.modal);
  }
}

function giveUp(id) {
  waiting.delete(id);
  const nobody = current().gateway.connected ? "" : " No bot is connected.";
  notice(`The application did not respond.${nobody}`, true);
}
