// Rights: what somebody may in the chosen channel and why, and what changes it.

import * as acts from "./acts.js";
import { button, el, icon, offer, show } from "./dom.js";
import { DIRECT, choose, current } from "./view.js";

const TIMEOUTS = [[60, "1 minute"], [600, "10 minutes"], [3600, "1 hour"], [86400, "1 day"]];
const whose = el("select", { id: "whose" });
const filter = el("input", { id: "rights-filter", type: "search", placeholder: "connect, manage…" });
const permission = el("select", { id: "right" });
const target = el("select", { id: "target" });
const verdict = el("select", { id: "verdict" });
const parts = Object.fromEntries(
  ["where", "standing", "roles", "said", "list"].map((name) => [name, el(name === "said" ? "ol" : "div", { class: name })]),
);
parts.list.setAttribute("role", "group");
parts.list.setAttribute("aria-label", "Permissions");
const wrong = el("p", { class: "error", role: "alert" });
const say = acts.sayIn(wrong);
const newRole = el("form", { class: "inline", autocomplete: "off" });
const change = el("form", { class: "box", autocomplete: "off", "aria-label": "Change a permission" });

export function startRights() {
  const labelled = (label, control) => el("div", { class: "field" }, el("label", { for: control.id }, label), control);
  const name = el("input", { id: "role-name", placeholder: "New role…", maxlength: 100, required: true });
  newRole.append(el("label", { class: "hidden", for: name.id }, "Name of a new role"), name, el("button", { type: "submit" }, "Create"));
  change.append(
    el("h4", {}, "Change a permission"),
    el("div", { class: "fields" }, labelled("Permission", permission), labelled("Is", verdict)),
    labelled("For", target),
    el("button", { type: "submit" }, "Change"),
  );
  document.getElementById("rights").append(
    labelled("Rights of", whose), parts.where, el("h3", {}, "How they come about"), parts.said,
    el("h3", {}, "What that makes"), labelled("Show only", filter), parts.list, wrong, change,
    el("h3", {}, "Roles"), parts.roles, newRole, el("h3", {}, "Timeout"), parts.standing,
  );
  whose.addEventListener("change", () => choose({ subject: whose.value }));
  filter.addEventListener("input", () => drawList(current()));
  target.addEventListener("change", () => drawVerdict());
  acts.onSubmit(newRole, async () => (await acts.createRole(name.value.trim(), say)) && newRole.reset());
  acts.onSubmit(change, () => submitChange(current()));
}

export function drawRights(view) {
  const { rights, subject, people, channel } = view;
  if (!rights) return;
  offer(whose, people.map(({ id, name, bot }) => ({ value: id, label: bot ? `${name} (bot)` : name })), subject.id);
  const place = channel && channel.id !== DIRECT ? `In #${channel.name}` : "In the whole server";
  const words = `${place}. Roles and timeouts are given as ${view.member.name}, permissions as the owner.`;
  show(parts.where, [{ key: "where", words }], (item) => el("p", { class: "quiet" }, item.words));
  show(parts.standing, [standing(view)], standingLine);
  show(parts.roles, roleItems(view), roleLine);
  show(parts.said, rights.said.map((each, index) => ({ key: String(index), ...each })), saidLine);
  const names = rights.rights.map((each) => ({ value: each.name, label: worded(each.name) }));
  const before = permission.value || "SEND_MESSAGES";
  if (permission.options.length !== names.length) offer(permission, names, before);
  drawTargets(view);
  drawList(view);
}

/** "SEND_MESSAGES" → "Send messages" */
function worded(name) {
  const words = name.replaceAll("_", " ").toLowerCase();
  return words[0].toUpperCase() + words.slice(1);
}

function standing({ subject, rights, world }) {
  const until = rights.timeout_until > world.now ? rights.timeout_until : null;
  return { key: "timeout", id: subject.id, name: subject.name, until };
}

function standingLine({ id, name, until }) {
  if (until) {
    return el("p", { class: "line box" },
      el("span", { class: "who" }, `${name} is timed out`, el("time", { class: "quiet", "data-relative": until })),
      button("End the timeout", () => acts.timeOut(id, 0, say)));
  }
  const long = el("select", { id: "timeout-length" }, TIMEOUTS.map(([value, label]) => el("option", { value }, label)));
  return el("p", { class: "line box" }, el("label", { for: long.id }, "Time out for"), long,
    button("Time out", () => acts.timeOut(id, Number(long.value), say), { "aria-label": `Time ${name} out` }));
}

function roleItems({ guild, subject }) {
  const mine = new Set(subject.roleIds);
  const own = guild.roles.filter((each) => each.id !== guild.id);
  return own
    .sort((a, b) => b.position - a.position)
    .map(({ id, name, managed }) => ({ key: id, id, name, managed, on: mine.has(id), to: subject.id, who: subject.name }));
}

function roleLine({ id, name, managed, on, to, who }) {
  const box = el("input", { type: "checkbox", id: `role-${id}`, checked: on, disabled: managed });
  box.addEventListener("change", async () => {
    if (!(await acts.giveRole(id, to, box.checked, say))) box.checked = on;
  });
  const remove = { class: "plain", "aria-label": `Delete the role ${name}`, title: `Delete the role ${name}` };
  return el("div", { class: "tick" }, box, el("label", { for: box.id, title: `${who} has it` }, name),
    managed ? el("span", { class: "quiet" }, "the bot's own") : button(icon("close"), () => acts.deleteRole(id, say), remove));
}

function saidLine({ who, allow, deny }) {
  const facts = [allow.length && `+${allow.length}`, deny.length && `−${deny.length}`].filter(Boolean).join(" ");
  const words = [el("span", {}, who), el("span", { class: deny.length ? "bad" : "good" }, facts || "says nothing")];
  if (!facts) return el("li", { class: "line" }, words);
  const lists = [allow.length && `Allows ${allow.map(worded).join(", ")}.`, deny.length && `Denies ${deny.map(worded).join(", ")}.`];
  return el("li", {}, el("details", {}, el("summary", {}, words), lists.filter(Boolean).map((each) => el("p", { class: "quiet" }, each))));
}

function drawList({ rights }) {
  if (!rights) return;
  const words = filter.value.toLowerCase().trim();
  const shown = rights.rights.filter(({ name }) => `${name} ${worded(name)}`.toLowerCase().includes(words));
  show(parts.list, shown.map((each) => ({ key: each.name, ...each })), rightLine);
}

function rightLine({ name, allowed, because }) {
  const pick = () => {
    permission.value = name;
    drawVerdict();
    target.focus();
  };
  const words = el("span", { class: "who" }, el("span", {}, worded(name)), el("span", { class: "quiet" }, because));
  const label = `${worded(name)}: ${allowed ? "yes" : "no"}, ${because}. Change it`;
  return button([icon(allowed ? "yes" : "close"), words], pick, { class: `right ${allowed ? "yes" : "no"}`, "aria-label": label });
}

/** A role everywhere, or a role or person in the chosen channel. */
function drawTargets({ guild, subject, channel }) {
  const roles = [...guild.roles].sort((a, b) => a.position - b.position);
  const place = channel && guild.channels.find((each) => each.id === channel.id);
  const everywhere = roles.map(({ id, name }) => ({ value: `role ${id}`, label: `${name}, everywhere` }));
  const here = place ? [...roles, subject].map(({ id, name }) => ({ value: `here ${id}`, label: `${name}, in #${place.name}` })) : [];
  const offered = [...here, ...everywhere];
  const before = offered.some((each) => each.value === target.value) ? target.value : offered[0].value;
  offer(target, offered, before);
  drawVerdict();
}

function drawVerdict() {
  const [kind] = target.value.split(" ");
  const words = kind === "role" ? { allow: "allowed", none: "not allowed" } : { allow: "allowed", none: "as elsewhere", deny: "denied" };
  offer(verdict, Object.entries(words).map(([value, label]) => ({ value, label })), verdict.value in words ? verdict.value : "none");
}

function submitChange({ guild, channel, rights }) {
  const bit = BigInt(rights.rights.find((each) => each.name === permission.value).bits);
  const [kind, id] = target.value.split(" ");
  const is = verdict.value;
  if (kind === "role") {
    const before = BigInt(guild.roles.find((each) => each.id === id).permissions);
    return acts.editRole(id, String(is === "allow" ? before | bit : before & ~bit), say);
  }
  const place = guild.channels.find((each) => each.id === channel.id);
  const before = place.overwrites.find((each) => each.id === id) ?? { allow: 0, deny: 0 };
  const [allow, deny] = [BigInt(before.allow) & ~bit, BigInt(before.deny) & ~bit];
  const given = { allow: String(is === "allow" ? allow | bit : allow), deny: String(is === "deny" ? deny | bit : deny) };
  return acts.overwrite(channel.id, id, given, say);
}
