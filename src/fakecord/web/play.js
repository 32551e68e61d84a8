// The playground: puts the parts together. `view.js` fetches, the others draw what they are given.

import { onAnswers, settle } from "./acts.js";
import { drawChat } from "./chat.js";
import { drawComposer, startComposer } from "./composer.js";
import { follow } from "./door.js";
import { forgetRequests } from "./log.js";
import { openModal } from "./modal.js";
import { drawPanel, startPanel, tellClock } from "./panel.js";
import { drawSidebar, startSidebar } from "./sidebar.js";
import { tellTimes } from "./text.js";
import { choose, current, onDraw, refresh, refreshSoon, time } from "./view.js";

const TICK = 500; // ms

function draw(view) {
  drawSidebar(view);
  drawChat(view);
  drawComposer(view);
  drawPanel(view);
  tellTimes(time());
  settle(view);
}

/** Words for the person, until the next thing they do. */
function notice(words, bad = false) {
  const dialog = document.querySelector("dialog[open] .error");
  const box = dialog ?? document.getElementById("notice");
  box.textContent = words;
  box.classList.toggle("bad", bad);
  if (!dialog) box.hidden = !words;
}

function live(on) {
  const pill = document.getElementById("live");
  pill.textContent = on ? "live" : "not live";
  pill.className = on ? "pill good" : "pill bad";
  if (on) forgetRequests();
  if (on) refresh();
}

function tick() {
  if (!current() || document.hidden) return;
  tellClock();
  tellTimes(time());
}

/** On a narrow page one part is shown at a time. */
function startTabs() {
  const tabs = [...document.querySelectorAll("#tabs button")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      document.body.dataset.view = tab.dataset.view;
      for (const each of tabs) each.toggleAttribute("aria-current", false);
      tab.setAttribute("aria-current", "page");
    });
  }
}

onDraw(draw);
onAnswers({ notice, modal: openModal });
startSidebar();
startComposer(notice);
startPanel();
startTabs();
follow(refreshSoon, live);
setInterval(tick, TICK);
window.addEventListener("hashchange", () => choose(Object.fromEntries(new URLSearchParams(location.hash.slice(1)))));
refresh();
