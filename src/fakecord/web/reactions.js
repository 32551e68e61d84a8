// What stands below a message and beside it: reactions, and what one can do with it.

import * as acts from "./acts.js";
import { newThread } from "./dialogs.js";
import { button, el, icon } from "./dom.js";
import { DIRECT, TEXT, current, personOf } from "./view.js";

const REACTIONS = ["👍", "❤️", "😂", "🎉", "👀", "✅"];

export function reactionsOf(view, { reactions }) {
  return reactions.map(({ emoji, user_ids: ids }) => ({
    emoji,
    count: ids.length,
    mine: ids.includes(view.member.id),
    who: ids.map((id) => personOf(view, id).name).join(", "),
  }));
}

/** What can be begun here: in direct messages and threads, no thread. */
export function threadOf({ channel, channels }, message) {
  if (channel.id === DIRECT) return { may: false, react: false };
  const open = channels.some((each) => each.id === message.id);
  return { may: channel.type === TEXT && channel.may_thread && !open && !message.ephemeral, react: !message.ephemeral };
}

export function reactions({ message, reactions: given }) {
  if (!given.length) return null;
  const one = ({ emoji, count, mine, who }) => {
    const label = emoji.includes(":") ? `:${emoji.split(":")[0]}:` : emoji;
    const name = `${label}, ${count}: ${who}`;
    return button(`${label} ${count}`, () => acts.react(message.id, emoji, !mine), { class: "small", "aria-pressed": String(mine), "aria-label": name, title: who });
  };
  return el("div", { class: "row reactions" }, given.map(one));
}

/** Shown for the message under the pointer or with the focus. */
export function tools({ message, thread }) {
  if (!thread.react) return null;
  const faces = REACTIONS.map((emoji) => button(emoji, () => acts.react(message.id, emoji, true), { class: "plain", "aria-label": `React with ${emoji}` }));
  return el(
    "div",
    { class: "tools" },
    el("details", { name: "react" }, el("summary", { "aria-label": "React", title: "React" }, icon("smile")), el("div", { class: "faces" }, faces)),
    thread.may && button(icon("thread"), () => newThread(current().channel, message), { class: "plain", "aria-label": "Start a thread from this message", title: "Start a thread" }),
  );
}
