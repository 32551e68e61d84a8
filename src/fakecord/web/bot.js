// The bot: its sessions at the gateway, and where a bot finds this place.

import { button, el, icon, show } from "./dom.js";

export function drawBot(view) {
  show(document.getElementById("bot"), [head(view), ...view.gateway.clients.map(session), addresses(view)], drawn);
}

function head({ world, gateway }) {
  const name = world.users.find((each) => each.id === world.application.id)?.username ?? world.application.name;
  const { connected, identifies, resumes } = gateway;
  return { key: "head", name, connected, identifies, resumes, commands: world.commands.length };
}

function session(client) {
  return { key: client.session_id, client };
}

function addresses({ world }) {
  const url = location.origin;
  return { key: "at", rest: `${url}/api/v10`, gateway: `${url.replace("http", "ws")}/`, token: world.token };
}

function drawn(item) {
  if (item.key === "head") return summary(item);
  return item.client ? sessionBox(item.client) : places(item);
}

function summary({ name, connected, identifies, resumes, commands }) {
  const state = connected ? "connected" : identifies ? "away" : "never seen";
  return el(
    "div",
    { role: "group", "aria-label": "Gateway" },
    el("h3", { class: "line" }, icon("plug"), name, el("span", { class: `pill ${connected ? "good" : "warn"}` }, state)),
    facts({ "Logged in": times(identifies), Resumed: times(resumes), Commands: String(commands) }),
  );
}

function times(count) {
  return count === 1 ? "once" : `${count} times`;
}

function sessionBox({ session_id, shard, connected, silent, began, sequence, heartbeats, last_heartbeat, intents }) {
  const state = silent ? "zombie" : connected ? "connected" : "can resume";
  return el(
    "section",
    { class: "box", "aria-label": `Session of shard ${shard[0]}` },
    el(
      "h4",
      { class: "line" },
      `Shard ${shard[0]} of ${shard[1]}`,
      el("span", { class: `pill ${connected && !silent ? "good" : "warn"}` }, state),
    ),
    facts({
      Session: el("code", {}, session_id.slice(0, 12)),
      Began: ago(began),
      "Last heartbeat": last_heartbeat === null ? "none yet" : ago(last_heartbeat),
      Heartbeats: String(heartbeats),
      "Last event": `number ${sequence}`,
    }),
    el("details", {}, el("summary", {}, `${intents.length} intents`), el("p", { class: "quiet" }, intents.join(", "))),
  );
}

function ago(at) {
  return el("time", { "data-relative": at });
}

function places({ rest, gateway, token }) {
  return el(
    "section",
    { class: "box", "aria-label": "Where a bot connects" },
    el("h4", {}, "Where a bot connects"),
    facts({ REST: el("code", {}, rest), Gateway: el("code", {}, gateway), Token: el("code", {}, token) }),
    button("Copy the token", () => navigator.clipboard.writeText(token)),
    el("p", {}, el("a", { href: "/_control/docs", target: "_blank" }, "The control door, for tests in any language")),
  );
}

function facts(pairs) {
  const rows = Object.entries(pairs).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return el("dl", { class: "facts" }, rows);
}
