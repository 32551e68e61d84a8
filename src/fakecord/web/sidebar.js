// The left side: servers, the channels as the chosen member sees them, their seat in voice, and who they are.

import * as acts from "./acts.js";
import { iconOf } from "./chat.js";
import { avatar, button, el, icon, offer, show } from "./dom.js";
import { newChannel } from "./dialogs.js";
import { CATEGORY, DIRECT, STAGE, THREADS, VOICE, choose, personOf } from "./view.js";

const VOCAL = [VOICE, STAGE];

export function startSidebar() {
  onPick("guild", (guild) => choose({ guild, channel: undefined }));
  onPick("member", (member) => choose({ member, subject: undefined }));
  document.getElementById("new-channel").addEventListener("click", newChannel);
}

function onPick(id, callback) {
  const select = document.getElementById(id);
  select.addEventListener("change", () => callback(select.value));
}

export function drawSidebar(view) {
  const { world, guild, member } = view;
  offer(document.getElementById("guild"), world.guilds.map(({ id, name }) => ({ value: id, label: name })), guild?.id);
  const humans = view.people.filter((each) => !each.bot);
  const characters = humans.map((each) => ({ value: each.id, label: described(each) }));
  offer(document.getElementById("member"), characters, member?.id);
  show(document.getElementById("channels"), categories(view), category);
  document.getElementById("new-channel").disabled = !view.member;
  drawSeat(view);
}

/** "alice (owner)", "bob (moderator)" */
export function described({ name, owner, roles }) {
  const ranks = [...(owner ? ["owner"] : []), ...roles];
  return ranks.length ? `${name} (${ranks.join(", ")})` : name;
}

function categories(view) {
  const inOrder = view.channels.filter((each) => !THREADS.includes(each.type)).sort(byPlace);
  const below = (id) => inOrder.filter((each) => each.type !== CATEGORY && (each.parent_id ?? null) === id);
  const known = inOrder.filter((each) => each.type === CATEGORY);
  const ids = new Set(known.map((each) => each.id));
  const loose = inOrder.filter((each) => each.type !== CATEGORY && !ids.has(each.parent_id));
  const direct = view.member ? [{ id: DIRECT, name: "Direct messages", type: 1 }] : [];
  const groups = [
    { id: "direct", name: null, inner: direct },
    { id: "loose", name: null, inner: loose },
    ...known.map(({ id, name }) => ({ id, name, inner: below(id) })),
  ];
  return groups
    .filter((each) => each.name !== null || each.inner.length)
    .map(({ id, name, inner }) => ({ key: id, name, inner: inner.map((each) => entry(view, each)) }));
}

/** Text before voice, as Discord has it; then by position, then the older one. */
function byPlace(one, other) {
  const vocal = VOCAL.includes(one.type) - VOCAL.includes(other.type);
  return vocal || one.position - other.position || (BigInt(one.id) < BigInt(other.id) ? -1 : 1);
}

function entry(view, channel) {
  const taken = view.guild.voice_states.filter((each) => each.channel_id === channel.id);
  const seats = taken.map((each) => ({
    ...each,
    name: personOf(view, each.user_id).name,
    me: each.user_id === view.member.id,
  }));
  const threads = view.channels.filter((each) => THREADS.includes(each.type) && each.parent_id === channel.id);
  const inner = threads.map((each) => ({ ...each, chosen: each.id === view.channel?.id }));
  return { ...channel, chosen: channel.id === view.channel?.id, mine: seats.some((each) => each.me), seats, threads: inner };
}

function category({ name, inner }) {
  return el("section", {}, name && el("h2", {}, name), el("ul", {}, inner.map(channelLine)));
}

function channelLine(channel) {
  return VOCAL.includes(channel.type) ? voiceLine(channel) : textLine(channel);
}

function textLine(channel) {
  return el("li", {}, textButton(channel), threadList(channel));
}

function textButton(channel) {
  const attributes = { class: "channel", "aria-current": channel.chosen && "true" };
  const old = channel.archived && el("span", { class: "count" }, "archived");
  return button([icon(iconOf(channel)), el("span", { class: "name" }, channel.name), old].filter(Boolean), () => open(channel.id), attributes);
}

function threadList({ name, threads }) {
  if (!threads.length) return null;
  const attributes = { class: "threads", "aria-label": `Threads in ${name}` };
  return el("ul", attributes, threads.map((each) => el("li", {}, textButton(each))));
}

function voiceLine(channel) {
  const { id, name, seats, user_limit: limit, may_connect: may, mine, chosen, status } = channel;
  const count = limit ? `${seats.length}/${limit}` : seats.length || "";
  const label = mine ? `${name}, where you are` : `Join ${name}, ${seats.length} there`;
  const words = [el("span", { class: "name" }, name), el("span", { class: "count" }, count)];
  const inner = [icon(may ? "speaker" : "lock"), ...words];
  const chat = { class: "plain", "aria-label": `Open the chat of ${name}`, "aria-current": chosen && "true" };
  return el(
    "li",
    { class: mine ? "voice mine" : "voice" },
    el(
      "div",
      { class: "line" },
      button(inner, () => (mine ? open(id) : acts.join(id)), { class: "channel", "aria-label": label, title: label }),
      button(icon("chat"), () => open(id), chat),
    ),
    status && el("p", { class: "quiet status" }, status),
    seats.length ? el("ul", { class: "seats", "aria-label": `In ${name}` }, seats.map(seatLine)) : null,
    threadList(channel),
  );
}

function seatLine(seat) {
  const name = seat.me ? el("strong", {}, seat.name) : seat.name;
  return el("li", {}, avatar(seat.name, "tiny"), el("span", { class: "name" }, name), marks(seat));
}

/** What Discord shows beside somebody in voice. */
export function marks(seat) {
  return [
    seat.self_stream && el("span", { class: "tag live" }, "LIVE"),
    seat.self_video && icon("camera", "camera on"),
    (seat.self_mute || seat.mute) && icon("mic-off", seat.mute ? "muted by the server" : "muted"),
    (seat.self_deaf || seat.deaf) && icon("ears-off", seat.deaf ? "deafened by the server" : "deafened"),
  ].filter(Boolean);
}

function open(channel) {
  document.getElementById("tabs").querySelector("[data-view=chat]").click();
  return choose({ channel });
}

function drawSeat({ member, guild }) {
  const box = document.getElementById("seat");
  const seat = member?.voice;
  box.hidden = !seat;
  const name = seat && guild.channels.find((each) => each.id === seat.channel_id)?.name;
  const item = seat && {
    key: "seat",
    name,
    mute: seat.self_mute,
    deaf: seat.self_deaf,
    stream: seat.self_stream,
  };
  show(box, item ? [item] : [], seatBox);
}

function seatBox({ name, mute, deaf, stream }) {
  const toggle = (on, [off, is], label, act) =>
    button(icon(on ? is : off), () => act(!on), { "aria-pressed": String(!!on), "aria-label": label, title: label });
  return el(
    "div",
    { class: "line" },
    el("p", {}, el("span", { class: "good" }, "In voice"), el("span", { class: "name" }, name ?? "somewhere")),
    toggle(mute, ["mic", "mic-off"], "Mute", acts.mute),
    toggle(deaf, ["ears", "ears-off"], "Deafen", acts.deafen),
    toggle(stream, ["screen", "screen"], "Share the screen", acts.stream),
    button(icon("leave"), acts.leave, { class: "danger", "aria-label": "Leave voice", title: "Leave voice" }),
  );
}
