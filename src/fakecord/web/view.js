// What is shown: the world as the chosen member sees it, fetched anew whenever something changed.

import { Refusal, ask, at, query } from "./door.js";
import { newRequests } from "./log.js";

export const DIRECT = "direct";
export const TEXT = 0;
export const VOICE = 2;
export const CATEGORY = 4;
export const STAGE = 13;
export const THREADS = [10, 11, 12];
const WRITABLE = [TEXT, VOICE, 5, STAGE, ...THREADS];
const GATHER = 40; // ms in which changes become one look

/** What somebody chose, by id or (from the address) by name; `now` is what is drawn. */
export const chosen = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
let now = null;
let draw = () => {};
let choices = 0;
let looking = false;
let again = false;
let timer = 0;

export function current() {
  return now;
}

export function onDraw(callback) {
  draw = callback;
}

/** `choose({channel: id})`; a new member or server keeps what still fits. */
export function choose(what) {
  Object.assign(chosen, what);
  choices += 1;
  return refresh();
}

export function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, GATHER);
}

/** Look, and draw. While one look is under way the next one waits, and one is enough. */
export async function refresh() {
  again = true;
  if (looking) return;
  looking = true;
  try {
    while (again) {
      again = false;
      await look();
    }
  } finally {
    looking = false;
  }
}

async function look() {
  const asked = choices;
  try {
    const seen = await fetchAll();
    if (asked !== choices) return;
    now = seen;
    remember();
    draw(now);
  } catch (error) {
    // Something is gone between two questions, or the server is: the next change looks again.
    if (!(error instanceof Refusal)) throw error;
  }
}

async function fetchAll() {
  const [world, gateway, clock, troubles, requests] = await Promise.all([
    ask("/state"),
    ask("/gateway"),
    ask("/clock"),
    ask("/troubles"),
    newRequests(),
  ]);
  const seen = { world, gateway, troubles, requests, clock: { ...clock, at: performance.now() } };
  seen.guild = pick(world.guilds, chosen.guild) ?? world.guilds[0] ?? null;
  seen.people = seen.guild ? people(seen) : [];
  const humans = seen.people.filter((each) => !each.bot);
  seen.member = pick(humans, chosen.member) ?? humans.find((each) => each.owner) ?? humans[0] ?? null;
  Object.assign(seen, await fetchAsSeen(seen));
  seen.subject = pick(seen.people, chosen.subject) ?? seen.member;
  seen.rights = await fetchRights(seen);
  return seen;
}

/** What the chosen member sees, which is not all there is. */
async function fetchAsSeen({ guild, member }) {
  if (!member) return { channels: [], commands: [], direct: [], messages: [], channel: null };
  const inGuild = query({ guild_id: guild.id });
  const theirs = (what) => ask(at("members", member.id, what) + inGuild);
  const [channels, commands, direct] = await Promise.all([
    theirs("channels"),
    theirs("commands"),
    theirs("direct-messages"),
  ]);
  const channel = place(channels);
  if (channel?.id === DIRECT) return { channels, commands, direct, channel, messages: direct };
  return { channels, commands, direct, channel, ...(await fetchMessages(guild, member, channel)) };
}

async function fetchMessages(guild, member, channel) {
  if (!channel) return { messages: [] };
  try {
    const asked = query({ guild_id: guild.id, channel: channel.id });
    return { messages: await ask(`${at("members", member.id, "messages")}${asked}`) };
  } catch (error) {
    if (error.status !== 409) throw error;
    return { messages: [], unread: error.message };
  }
}

/** Only while somebody looks at them. */
async function fetchRights({ guild, subject, channel }) {
  if (chosen.panel !== "rights" || !subject) return null;
  const where = channel && channel.id !== DIRECT ? { channel: channel.id } : {};
  return ask(at("members", subject.id, "rights") + query({ guild_id: guild.id, ...where }));
}

function place(channels) {
  if (chosen.channel === DIRECT) return { id: DIRECT, name: "Direct messages", type: 1 };
  const places = channels.filter((each) => WRITABLE.includes(each.type));
  return pick(places, chosen.channel) ?? places.find((each) => each.type === TEXT) ?? places[0] ?? null;
}

/** The members of the guild as they are shown, people before bots. */
function people({ world, guild }) {
  const users = new Map(world.users.map((user) => [user.id, user]));
  const roles = new Map(guild.roles.map((role) => [role.id, role]));
  const seats = new Map(guild.voice_states.map((voice) => [voice.user_id, voice]));
  const members = guild.members.map((member) => {
    const user = users.get(member.user_id);
    return {
      id: user.id,
      name: member.nick ?? user.global_name ?? user.username,
      bot: user.bot,
      owner: user.id === guild.owner_id,
      roleIds: member.roles,
      roles: member.roles.map((id) => roles.get(id)).filter((role) => role && !role.managed).map((role) => role.name),
      voice: seats.get(user.id) ?? null,
      timeout: member.timeout_until,
    };
  });
  return members.sort((a, b) => a.bot - b.bot || b.owner - a.owner || a.name.localeCompare(b.name));
}

export function pick(things, wanted) {
  return things.find((each) => each.id === wanted) ?? things.find((each) => each.name === wanted) ?? null;
}

export function personOf(view, id) {
  const user = view.world.users.find((each) => each.id === id);
  return view.people.find((each) => each.id === id) ?? { id, name: user?.username ?? "somebody", bot: !!user?.bot };
}

/** Seconds since 1970 by the clock there, which may stand still or have been moved. */
export function time() {
  const { now: told, frozen, at: when } = now.clock;
  return frozen ? told : told + (performance.now() - when) / 1000;
}

/** In the address, so that reloading keeps the choice and a link can make it. */
function remember() {
  const kept = { guild: now.guild?.id, member: now.member?.id, channel: now.channel?.id, panel: chosen.panel };
  Object.assign(chosen, kept);
  const given = Object.entries(kept).filter(([, value]) => value);
  history.replaceState(null, "", given.length ? `#${new URLSearchParams(given)}` : location.pathname);
}
