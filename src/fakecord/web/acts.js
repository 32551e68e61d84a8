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

/** Do it; what is refused is said, and answered with null. */
async function act(path, body = {}) {
  try {
    notice("");
    const answer = await ask(path, body);
    await refresh();
    return answer;
  } catch (error) {
    notice(error.message, true);
    return null;
  }
}

function as(verb, body = {}) {
  return act(at("members", chosen.member, verb), { guild_id: chosen.guild, ...body });
}

export const join = (channel) => as("join", { channel });
export const leave = () => as("leave");
export const mute = (on) => as("mute", { on });
export const deafen = (on) => as("deafen", { on });
export const say = (text) => as("type", { text, channel: chosen.channel });

export const outage = (on) => act(at("guilds", chosen.guild, "outage"), { on });
export const invite = (name) => act(at("guilds", chosen.guild, "members"), { name });
export const moveClock = (how) => act("/clock", how);
export const dropGateway = () => act("/gateway", { action: "drop" });

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
