// The chosen channel as the chosen member reads it.

import * as acts from "./acts.js";
import { components, isSelect, walk } from "./components.js";
import { drawState } from "./connect.js";
import { changeChannel, newThread } from "./dialogs.js";
import { avatar, button, el, icon, show } from "./dom.js";
import { reactions, reactionsOf, threadOf, tools } from "./reactions.js";
import { link, namesIn, rich } from "./text.js";
import { DIRECT, TEXT, THREADS, VOICE, STAGE, choose, personOf } from "./view.js";

const LOADING = 1 << 7;
const TOGETHER = 300; // seconds in which messages of one author stand below one name
const NEAR = 80; // pixels from the end that still count as reading the newest
const list = document.getElementById("messages");
let shownPlace = "";
let atEnd = true;

list.addEventListener("click", (event) => {
  const mentioned = event.target.closest("[data-channel]");
  if (!mentioned) return;
  if ("vocal" in mentioned.dataset) acts.join(mentioned.dataset.channel);
  else choose({ channel: mentioned.dataset.channel });
});

list.addEventListener("scroll", () => {
  atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
});
new ResizeObserver(() => atEnd && toEnd()).observe(list);

function toEnd() {
  list.scrollTop = list.scrollHeight;
}

export function drawChat(view) {
  const { channel, member } = view;
  const place = document.getElementById("place");
  place.replaceChildren(...(channel ? [icon(iconOf(channel)), channel.name] : ["No channel"]));
  document.getElementById("reader").textContent = member ? `as ${member.name} reads it` : "";
  const { id, name, type } = channel ?? {};
  const facts = channel && id !== DIRECT ? [{ key: "acts", channel: { ...channel, occupants: [] }, id, name, type }] : [];
  show(document.getElementById("place-acts"), facts, placeActs);
  drawState(view);
  drawMessages(view);
}

/** What the chosen member may do to the channel they look at. */
function placeActs({ channel }) {
  const { id, name, type, may_manage, may_thread, joined } = channel;
  const small = (image, label, does) => button(icon(image), does, { class: "plain", "aria-label": label, title: label });
  if (THREADS.includes(type)) {
    const label = joined ? "Leave the thread" : "Join the thread";
    return el("div", { class: "row" }, button(label, () => acts.joinThread(id, !joined), { class: "small" }));
  }
  return el(
    "div",
    { class: "row" },
    type === TEXT && may_thread && small("thread", `Start a thread in ${name}`, () => newThread(channel)),
    may_manage && small("edit", `Change ${name}`, () => changeChannel(channel)),
  );
}

export function iconOf(channel) {
  if (channel.id === DIRECT) return "mail";
  if (THREADS.includes(channel.type)) return "thread";
  return [VOICE, STAGE].includes(channel.type) ? "speaker" : "hash";
}

function drawMessages(view) {
  const place = `${view.guild?.id} ${view.member?.id} ${view.channel?.id}`;
  show(list, items(view), message);
  if (atEnd || place !== shownPlace) toEnd();
  shownPlace = place;
}

/** Everything a message's element is made of, as plain data: it is drawn anew when this changes. */
function items(view) {
  if (!view.channel) return [];
  if (!view.messages.length) return [{ key: "none", none: view.unread ?? nothingYet(view) }];
  const facts = new Map(view.world.messages.map((each) => [each.id, each]));
  const interactions = new Map(view.world.interactions.map((each) => [each.id, each]));
  // What was said since the world was fetched waits for the next look, which it brings about: it is drawn once, whole.
  const known = view.messages.filter((each) => facts.has(each.id));
  let before = null;
  return known.map((each) => {
    const header = headerOf(view, interactions.get(facts.get(each.id).interaction_id));
    const item = { key: each.id, message: each, header, author: author(view, each.author_id) };
    item.joined = continues(before, item);
    item.names = namesIn([each.content, each.embeds, each.components], (kind, id) => nameOf(view, kind, id));
    item.reactions = reactionsOf(view, each);
    item.thread = threadOf(view, each);
    item.offers = walk(each.components).some(isSelect) ? offers(view) : null;
    before = item;
    return item;
  });
}

function nothingYet(view) {
  if (view.channel.id === DIRECT) return "You and the bot have not written to each other yet.";
  if (!view.commands.length) return "Nothing was said here yet.";
  return "Nothing was said here yet. Type / to see what the bot can do.";
}

function author(view, id) {
  const { name, bot } = personOf(view, id);
  return { id, name, bot };
}

function headerOf(view, interaction) {
  if (interaction?.type !== 2) return null;
  const path = [interaction.data.name];
  let inner = interaction.data.options;
  while (inner?.[0]?.type <= 2) {
    path.push(inner[0].name);
    inner = inner[0].options;
  }
  return { who: personOf(view, interaction.user_id).name, command: `/${path.join(" ")}` };
}

function continues(before, { author, header, message }) {
  if (!before || before.none || header || before.author.id !== author.id) return false;
  return message.ephemeral === before.message.ephemeral && message.timestamp - before.message.timestamp < TOGETHER;
}

function nameOf(view, kind, id) {
  if (kind === "@&") return { label: `@${view.guild.roles.find((role) => role.id === id)?.name ?? "unknown-role"}` };
  if (kind !== "#") return { label: `@${personOf(view, id).name}` };
  const seen = view.channels.find((channel) => channel.id === id);
  if (!seen) return { label: view.guild.channels.some((channel) => channel.id === id) ? "#no-access" : "#unknown" };
  return { label: seen.name, channel: id, vocal: [VOICE, STAGE].includes(seen.type) };
}

function offers({ people, guild, channels }) {
  const pairs = (things) => things.map(({ id, name }) => ({ value: id, label: name }));
  return {
    users: pairs(people),
    roles: pairs(guild.roles),
    channels: channels.map(({ id, name, type }) => ({ value: id, label: name, type })),
  };
}

function message(item) {
  if (item.none) return el("p", { class: "none quiet" }, item.none);
  const { message, author, header, joined } = item;
  const classes = `message${joined ? " joined" : ""}${message.ephemeral ? " ephemeral" : ""}`;
  return el(
    "article",
    { class: classes },
    header && usedLine(header),
    joined ? null : avatar(author.name),
    joined ? null : byline(item),
    el("div", { class: "body" }, body(item), reactions(item)),
    tools(item),
    message.ephemeral && el("p", { class: "only quiet" }, icon("eye"), "Only you can see this"),
  );
}

function usedLine({ who, command }) {
  return el("p", { class: "used" }, icon("slash"), el("strong", {}, who), " used ", el("code", {}, command));
}

function byline({ message, author }) {
  const at = new Date(message.timestamp * 1000);
  const told = at.toLocaleTimeString(undefined, { timeStyle: "short" });
  return el(
    "p",
    { class: "byline" },
    el("strong", {}, author.name),
    author.bot && el("span", { class: "tag" }, "APP"),
    el("time", { class: "quiet", datetime: at.toISOString(), title: at.toLocaleString() }, told),
  );
}

function body({ message, names, offers, author }) {
  if (message.flags & LOADING) return el("p", { class: "thinking" }, dots(), `${author.name} is thinking…`);
  return [
    message.content && rich(message.content, names),
    message.edited && el("small", { class: "quiet" }, "(edited)"),
    message.attachments.map((each) => el("p", { class: "file" }, icon("picture"), each.filename)),
    message.embeds.map((each) => embed(each, names)),
    components(message.components, { message, names, offers }),
  ].flat();
}

function dots() {
  return el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}

function embed(given, names) {
  const box = el(
    "section",
    { class: "embed", "aria-label": "Embed" },
    given.author && el("p", { class: "fine" }, given.author.name),
    given.title && el("h3", {}, given.url ? safe(given.url, given.title) : given.title),
    given.description && rich(given.description, names),
    given.fields?.length ? el("dl", {}, given.fields.map((each) => field(each, names))) : null,
    (given.image || given.thumbnail) && el("p", { class: "file" }, icon("picture"), "picture"),
    given.footer && el("p", { class: "fine quiet" }, given.footer.text),
  );
  if (given.color) box.style.borderInlineStartColor = `#${given.color.toString(16).padStart(6, "0")}`;
  return box;
}

function field({ name, value, inline }, names) {
  return el("div", { class: inline ? "inline" : "" }, el("dt", {}, name), el("dd", {}, rich(value, names)));
}

export function safe(url, label) {
  return /^https?:\/\//.test(url) ? link(url, label) : el("span", {}, label);
}
