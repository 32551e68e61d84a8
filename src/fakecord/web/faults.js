// Every fault there is to inject, as data: what it asks for, and what is told to the control door.

import { ask, at } from "./door.js";
import { chosen, current } from "./view.js";

const METHODS = ["*", "GET", "POST", "PUT", "PATCH", "DELETE"].map((each) => [each, each === "*" ? "any" : each]);
const CODES = [
  [1001, "1001 going away"],
  [4000, "4000 unknown error"],
  [4007, "4007 invalid sequence"],
  [4008, "4008 rate limited"],
  [4009, "4009 session timed out"],
  [4004, "4004 authentication failed"],
  [4014, "4014 disallowed intents"],
];
const ERRORS = [500, 502, 503, 504, 520].map((each) => [each, String(each)]);
const EVENTS = [
  "GUILD_CREATE", "GUILD_DELETE", "VOICE_STATE_UPDATE", "INTERACTION_CREATE", "CHANNEL_CREATE", "CHANNEL_UPDATE",
  "CHANNEL_DELETE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE",
  "GUILD_MEMBER_REMOVE", "GUILD_ROLE_UPDATE", "THREAD_CREATE", "VOICE_SERVER_UPDATE", "RESUMED",
];

const seconds = (label, value = "") => ({ name: "seconds", label, kind: "number", min: 0, step: "any", value });
const times = { name: "times", label: "Times", kind: "number", min: 1, value: 1, empty: "every time" };
const chance = { name: "chance", label: "Chance in %", kind: "number", min: 1, max: 100, value: 100 };
const which = [
  { name: "method", label: "Method", kind: "select", choices: () => METHODS },
  { name: "path", label: "Route or pattern", kind: "text", empty: "every route", suggest: routes },
];
const event = { name: "event", label: "Event", kind: "text", value: "VOICE_STATE_UPDATE", suggest: () => EVENTS };
const lasting = seconds("For seconds", "");
lasting.empty = "until ended";

/** *needs* a bot: without one nothing would happen, and that is said. */
const gateway = (title, hint, fault, fields = [], more = {}) => ({
  title, hint, fields, needs: !more.alone, strike: (given) => happen(fault, { ...more.with, ...given }),
});
const request = (title, hint, fields, make) => ({
  title, hint, fields: [...fields, ...which, times, chance], strike: (given) => ask("/faults", asked(given, make)),
});
const events = (title, hint, what, more = []) => ({
  title, hint, fields: [event, ...more, times, chance], strike: (given) => ask("/event-faults", asked(given, () => ({ what }))),
});

export const FAULTS = [
  ["Gateway", [
    gateway("Drop the connection", "It closes with a code; most let the bot resume.", "drop",
      [{ name: "code", label: "Close code", kind: "select", number: true, choices: () => CODES }]),
    gateway("Cut the connection", "Without a close frame, as a pulled cable.", "abort"),
    gateway("Half-open connection", "Nothing passes either way, not even goodbye.", "half_open"),
    gateway("Zombie", "Open and silent: no event, no heartbeat acknowledged.", "zombie", [lasting]),
    gateway("Ask to reconnect (op 7)", "Discord does so before it restarts a gateway.", "reconnect"),
    gateway("Invalid session, may resume (op 9)", "The session is kept.", "invalid", [], { with: { resumable: true } }),
    gateway("Invalid session, is gone (op 9)", "The bot must identify anew, and gets every server again.", "invalid", [],
      { with: { resumable: false } }),
    gateway("Ask for a heartbeat (op 1)", "At once, please.", "ask_heartbeat"),
    gateway("Refuse connections", "The next ones fail before they begin.", "refuse",
      [{ name: "count", label: "How many", kind: "number", min: 1, value: 1 }], { alone: true }),
  ]],
  ["Requests", [
    request("Slow answers", "So long before the work, by the clock here.",
      [{ ...seconds("Seconds", 2), name: "latency" }, { ...seconds("And up to so many more", 0), name: "jitter" }], () => ({})),
    request("Error before the work", "Nothing was done.", [status(ERRORS)], () => ({ after: false })),
    request("Error after the work", "It was done, and the bot is told otherwise.", [status(ERRORS)], () => ({ after: true })),
    request("Reset before the work", "The connection is cut, and nothing was done.", [], () => ({ reset: true })),
    request("Reset after the work", "It was done, and the bot does not hear of it.", [], () => ({ reset: true, after: true })),
    request("No answer at all", "Half-open: never answered, never hung up.", [], () => ({ half_open: true })),
    request("Held until ended", "It waits until you end this fault, then it goes on.", [], () => ({ hold: true })),
    request("HTML from the edge", "What answers is not Discord.", [status(ERRORS)], () => ({ html: true })),
    request("Rate limited (429)", "As if the bot had asked too often.", [seconds("Retry after seconds", 2)], limited),
    request("Wrong header", "Put in place of the right one; empty takes it away.",
      [{ name: "header", label: "Header", kind: "text", value: "X-RateLimit-Remaining", required: true },
       { name: "value", label: "Value", kind: "text" }], header),
  ]],
  ["Events", [
    events("Lost", "It never arrives, and no gap tells of it.", "lose"),
    events("Doubled", "It arrives twice.", "double"),
    events("Delayed", "It arrives later.", "delay", [seconds("By seconds", 5), { ...seconds("And up to so many more", 0), name: "jitter" }]),
    events("Reordered", "It arrives after the next one.", "swap"),
  ]],
  ["Server and bot", [
    { title: "Outage", hint: "The server is unavailable: people go on, and the bot hears nothing of it.",
      fields: [lasting, { name: "stale", label: "Comes back with the voice states of now", kind: "tick" }],
      strike: (given) => happen("outage", { guild: chosen.guild, ...given }) },
    { title: "Late GUILD_CREATE", hint: "The bot must identify anew, and learns of the server only later.", needs: true,
      fields: [seconds("After seconds", 10)], strike: late },
    { title: "Lost permission", hint: "The bot's own roles lose it; @everyone's stays.",
      fields: [{ name: "permission", label: "Permission", kind: "select", choices: permissions }, lasting],
      strike: (given) => happen("lose_permission", { guild: chosen.guild, ...given }) },
    { title: "Reset the token", hint: "The old one is answered with 401 and 4004. The tab Bot has the new one.", fields: [],
      strike: () => happen("reset_token", {}) },
  ]],
];

function status(choices) {
  return { name: "status", label: "Status", kind: "select", number: true, choices: () => choices };
}

const happen = (fault, more) => ask("/happenings", { fault, ...more });

/** Empty is every route, and every time; a chance is given in per cent. */
function asked({ path, times: often, chance: percent, ...given }, make) {
  const route = path ? { path } : {};
  return { ...route, times: often ?? null, chance: (percent ?? 100) / 100, ...given, ...make(given) };
}

function limited({ seconds: after }) {
  const body = { message: "You are being rate limited.", retry_after: after ?? 1, global: false };
  return { status: 429, body: JSON.stringify(body), seconds: undefined };
}

function header({ header: name, value }) {
  return { after: true, headers: { [name]: value || null }, header: undefined, value: undefined };
}

async function late({ seconds: after }) {
  await ask("/event-faults", { event: "GUILD_CREATE", what: "delay", seconds: after ?? 0, guild_id: chosen.guild });
  return happen("invalid", { resumable: false });
}

function routes() {
  return [...new Set(current().requests.map((each) => each.route).filter(Boolean))].sort();
}

const COMMON = ["MANAGE_CHANNELS", "MOVE_MEMBERS", "SEND_MESSAGES", "VIEW_CHANNEL", "CONNECT", "MANAGE_ROLES", "MANAGE_MESSAGES",
  "EMBED_LINKS", "MENTION_EVERYONE", "CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS", "MANAGE_THREADS", "MANAGE_EVENTS",
  "MODERATE_MEMBERS", "MUTE_MEMBERS", "VIEW_AUDIT_LOG", "READ_MESSAGE_HISTORY", "ADD_REACTIONS"];

function permissions() {
  return COMMON.map((each) => [each, each]);
}

export const endTrouble = (id) => ask(at("troubles", id), undefined, "DELETE");
export const endAll = () => ask("/troubles", undefined, "DELETE");
