// The right side: who is there, time and trouble, and what the bot asked of REST.

import * as acts from "./acts.js";
import { avatar, button, el, icon, show } from "./dom.js";
import { described, marks } from "./sidebar.js";
import { choose, time } from "./view.js";

const NO_REQUESTS = "Nothing yet. Each request to REST is listed here with its answer.";

export function startPanel() {
  const form = document.getElementById("invite");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await acts.invite(form.querySelector("input").value.trim())) form.reset();
  });
}

export function drawPanel(view) {
  show(document.getElementById("members"), view.people.map((each) => personItem(view, each)), person);
  show(document.getElementById("trouble"), trouble(view), troubleLine);
  const requests = [...view.requests].reverse().map((each) => ({ key: String(each.id), ...each }));
  const table = requests.length ? { key: "table", requests } : { key: "none" };
  show(document.getElementById("requests"), [table], requestTable);
  tellClock();
}

export function tellClock() {
  const shown = document.getElementById("now");
  const styles = { dateStyle: "medium", timeStyle: "medium" };
  const words = new Date(time() * 1000).toLocaleString(undefined, styles);
  if (shown && shown.textContent !== words) shown.textContent = words;
}

function personItem(view, each) {
  const seat = each.voice && view.guild.channels.find((channel) => channel.id === each.voice.channel_id);
  const seen = seat && view.channels.some((channel) => channel.id === seat.id);
  const where = seat ? `in ${seen ? seat.name : "voice"}` : "";
  const quiet = each.timeout && each.timeout > view.world.now ? "timed out" : "";
  const status = [isOn(view, each), where, quiet].filter(Boolean).join(", ");
  return { ...each, key: each.id, me: each.id === view.member?.id, status };
}

/** Only the bot itself has a connection of which anything is known. */
function isOn({ world, gateway }, { id }) {
  if (id !== world.application.id) return "";
  return gateway.connected ? "connected" : "away";
}

function person(item) {
  const { name, owner, bot, roles, status, voice } = item;
  const facts = [roles.join(", "), status].filter(Boolean).join(" · ");
  const words = [
    avatar(name, voice || status === "connected" ? "small here" : "small"),
    el(
      "span",
      { class: "who" },
      el("span", { class: "name" }, name, owner && icon("crown", "owner"), bot && el("span", { class: "tag" }, "APP")),
      facts && el("span", { class: "quiet" }, facts),
    ),
    voice && marks(voice),
  ];
  if (item.bot) return el("li", { class: "person" }, words);
  const attributes = { class: "person", "aria-pressed": String(item.me), title: `Be ${described(item)}` };
  return el("li", {}, button(words, () => choose({ member: item.id }), attributes));
}

function trouble({ clock, gateway, guild }) {
  return [
    { key: "clock", frozen: clock.frozen },
    { key: "gateway", connected: gateway.connected },
    { key: "outage", on: !!guild?.unavailable, guild: guild?.name ?? null },
  ];
}

function troubleLine(item) {
  return { clock: clockLine, gateway: gatewayLine, outage: outageLine }[item.key](item);
}

function line(name, title, status, ...controls) {
  return el(
    "div",
    { class: "trouble-line", role: "group", "aria-label": title },
    el("p", {}, icon(name), el("span", {}, title), status),
    controls,
  );
}

function clockLine({ frozen }) {
  return line(
    "clock",
    "Clock",
    el("span", { class: frozen ? "pill warn" : "pill" }, frozen ? "frozen" : "running"),
    el("output", { id: "now" }),
    el("div", { class: "row" }, clockButtons(frozen)),
  );
}

function clockButtons(frozen) {
  const pressed = { "aria-pressed": String(frozen) };
  return [
    button("+10 s", () => acts.moveClock({ advance: 10 }), { "aria-label": "Advance the clock by 10 seconds" }),
    button("+1 min", () => acts.moveClock({ advance: 60 }), { "aria-label": "Advance the clock by one minute" }),
    button("Freeze", () => acts.moveClock(frozen ? { thaw: true } : { freeze: true }), pressed),
  ];
}

function gatewayLine({ connected }) {
  const status = connected > 1 ? `${connected} bots` : connected ? "connected" : "no bot";
  return line(
    "plug",
    "Gateway",
    el("span", { class: connected ? "pill good" : "pill warn" }, status),
    button("Drop", acts.dropGateway, { disabled: !connected, "aria-label": "Drop the connection" }),
  );
}

function outageLine({ on, guild }) {
  const does = on ? "End the outage" : "Begin an outage of this server";
  return line(
    "cloud",
    "Outage",
    el("span", { class: on ? "pill warn" : "pill" }, on ? "under way" : "none"),
    button(on ? "End" : "Begin", () => acts.outage(!on), { "aria-label": does, disabled: guild === null }),
  );
}

function requestTable({ requests }) {
  if (!requests) return el("p", { class: "quiet" }, NO_REQUESTS);
  return el("ol", { class: "requests" }, requests.map(request));
}

function request({ method, path, route, status, reason, at }) {
  const told = new Date(at * 1000).toLocaleTimeString(undefined, { timeStyle: "medium" });
  const kind = status === null ? "none" : status < 300 ? "good" : "bad";
  return el(
    "li",
    { title: `${told} ${method} ${path}` },
    el("span", { class: "method" }, method),
    el("span", { class: `code ${kind}` }, status ?? "no answer"),
    el("time", { class: "quiet" }, told),
    el("code", {}, (route ?? path).replaceAll("/", "\u200b/")),
    reason && el("span", { class: "reason quiet" }, reason),
  );
}
