// The right side: the clock, and one of several views below it.

import * as acts from "./acts.js";
import { drawBot } from "./bot.js";
import { avatar, button, el, icon, show } from "./dom.js";
import { drawRequests, startRequests } from "./requests.js";
import { drawRights, startRights } from "./rights.js";
import { described, marks } from "./sidebar.js";
import { drawTrouble, startTrouble } from "./trouble.js";
import { choose, chosen, time } from "./view.js";

const views = [...document.querySelectorAll("#views [role=tab]")];
const clock = document.getElementById("clock");
const freeze = document.getElementById("freeze");
let frozen = false;

export function startPanel() {
  startViews();
  startClock();
  startTrouble();
  startRequests();
  startRights();
  const form = document.getElementById("invite");
  acts.onSubmit(form, async (say) => {
    if (await acts.invite(form.querySelector("input").value.trim(), say)) form.reset();
  });
}

export function drawPanel(view) {
  show(document.getElementById("members"), view.people.map((each) => personItem(view, each)), person);
  drawClock(view);
  drawBot(view);
  drawTrouble(view);
  drawRights(view);
  drawRequests(view);
  tellClock();
}

/** A list of tabs, worked as such: arrows go from one to the next. */
function startViews() {
  const keys = { ArrowRight: 1, ArrowLeft: -1 };
  for (const [index, tab] of views.entries()) {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      const next = views[(index + keys[event.key] + views.length) % views.length];
      next.focus();
      open(next);
    });
  }
  select(views.find((each) => nameOf(each) === chosen.panel) ?? views[0]);
}

function nameOf(tab) {
  return tab.id.replace("view-", "");
}

function open(tab) {
  select(tab);
  return choose({ panel: nameOf(tab) });
}

function select(tab) {
  for (const each of views) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
    document.getElementById(each.getAttribute("aria-controls")).hidden = each !== tab;
  }
}

function startClock() {
  const form = document.getElementById("advance");
  const say = acts.sayIn(clock.querySelector(".error"));
  acts.onSubmit(form, () => {
    const [by, unit] = form.elements;
    return acts.moveClock({ advance: Number(by.value) * Number(unit.value) }, say);
  });
  freeze.addEventListener("click", () => acts.moveClock(frozen ? { thaw: true } : { freeze: true }, say));
}

function drawClock({ clock: told }) {
  frozen = told.frozen;
  const pill = document.getElementById("ticking");
  pill.textContent = frozen ? "frozen" : "running";
  pill.className = frozen ? "pill warn" : "pill good";
  freeze.textContent = frozen ? "Run" : "Freeze";
}

export function tellClock() {
  const at = new Date(time() * 1000);
  tell("now", at.toLocaleTimeString(undefined, { timeStyle: "medium" }));
  tell("today", at.toLocaleDateString(undefined, { dateStyle: "medium" }));
}

function tell(id, words) {
  const shown = document.getElementById(id);
  if (shown.textContent !== words) shown.textContent = words;
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
