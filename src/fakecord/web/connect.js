// Above the messages: why nothing answers, and how to connect a bot.

import { button, el, icon, show } from "./dom.js";

const INVITATION =
  "Any Discord bot can log in here. Point its library at these addresses and give it this token, " +
  "which opens nothing else:";

/** Above the messages: why nothing answers, and what to do about it. */
export function drawState(view) {
  const items = [];
  if (!view.guild) items.push({ key: "empty" });
  if (view.guild?.unavailable) items.push({ key: "outage" });
  if (!view.gateway.connected) items.push(nobody(view));
  show(document.getElementById("state"), items, stateCard);
}

function nobody({ world, gateway }) {
  if (gateway.identifies) return { key: "away", bot: world.application.name };
  const url = location.origin;
  return { key: "connect", url, gateway: url.replace("http", "ws"), token: world.token };
}

function stateCard(item) {
  if (item.key === "connect") return connectCard(item);
  const words = {
    empty: "There is no server here yet. POST /_control/guilds makes one.",
    outage: "This server has an outage: people go on, and the bot hears nothing of it until it is over.",
    away: `${item.bot} is away. It was connected before, and should come back by itself, unless its token was reset.`,
  };
  return el("p", { class: "card" }, icon(item.key === "outage" ? "cloud" : "plug"), words[item.key]);
}

function connectCard({ url, gateway, token }) {
  const code = [
    `discord.http.Route.BASE = "${url}/api/v10"`,
    `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("${gateway}/")`,
    `client.run("${token}")`,
  ].join("\n");
  return el(
    "section",
    { class: "card connect", "aria-labelledby": "connect-title" },
    el("h3", { id: "connect-title" }, icon("plug"), "No bot is connected yet"),
    el("p", {}, INVITATION),
    el("dl", {}, fact("REST", `${url}/api/v10`), fact("Gateway", `${gateway}/`), fact("Token", token)),
    el("p", {}, "With discord.py:"),
    el("pre", { tabindex: 0 }, el("code", {}, code)),
    button("Copy these lines", () => navigator.clipboard.writeText(code)),
  );
}

function fact(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, value)));
}
