// Dialogs of the page itself: a channel is made, changed or deleted, a thread started.

import * as acts from "./acts.js";
import { button, el } from "./dom.js";
import { CATEGORY, choose, current } from "./view.js";

const dialog = document.getElementById("modal");
const TYPES = [["text", "Text"], ["voice", "Voice"], ["category", "Category"], ["announcement", "Announcement"], ["stage", "Stage"]];
const SLOW = [[0, "Off"], [5, "5 seconds"], [30, "30 seconds"], [60, "1 minute"], [600, "10 minutes"]];

/** *does* is called with what was filled in, and answers whether the dialog may go. */
function openForm({ title, fields, verb, does, more = [] }) {
  const controls = fields.map(control);
  const cancel = button("Cancel", () => dialog.close());
  const form = el(
    "form",
    { autocomplete: "off" },
    el("h2", { id: "modal-title" }, title),
    controls.map(({ box }) => box),
    el("p", { class: "error", role: "alert" }),
    el("div", { class: "row ends" }, more, cancel, el("button", { class: "primary", type: "submit" }, verb)),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = controls.map(({ name, input }) => [name, input.type === "checkbox" ? input.checked : input.value]);
    if (await does(Object.fromEntries(given))) dialog.close();
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  controls[0]?.input.select?.();
}

function control({ name, label, value = "", kind = "text", choices, required, maxlength, max }) {
  const id = `form-${name}`;
  const input = choices
    ? el("select", { id }, choices.map(([each, words]) => el("option", { value: each }, words)))
    : el("input", { id, type: kind, required, maxlength, max, min: kind === "number" ? 0 : null });
  if (kind !== "checkbox") input.value = value;
  const named = el("label", { for: id }, label);
  const box = kind === "checkbox" ? el("div", { class: "tick" }, input, named) : el("div", { class: "field" }, named, input);
  return { name, input, box };
}

const nameField = (value) => ({ name: "name", label: "Name", value, required: true, maxlength: 100 });
const limitField = (value) => ({ name: "limit", label: "Most people in it (0: any number)", kind: "number", max: 99, value });

export function newChannel() {
  const { channels, member } = current();
  const known = channels.filter((each) => each.type === CATEGORY).map(({ id, name }) => [id, name]);
  openForm({
    title: `New channel, made by ${member.name}`,
    fields: [
      nameField(""),
      { name: "type", label: "Type", choices: TYPES, value: "text" },
      { name: "category", label: "Category", choices: [["", "none"], ...known] },
      limitField(0),
    ],
    verb: "Create",
    does: async ({ name, type, category, limit }) => {
      const body = { name, type, user_limit: Number(limit), category: (type !== "category" && category) || null };
      const made = await acts.createChannel(body);
      if (made && type !== "category" && type !== "voice") choose({ channel: made.id });
      return made;
    },
  });
}

export function changeChannel({ id, name, type, user_limit, topic, slow_mode }) {
  const vocal = [2, 13].includes(type);
  const details = vocal
    ? [limitField(user_limit)]
    : [
        { name: "topic", label: "Topic", value: topic ?? "", maxlength: 1024 },
        { name: "slow", label: "Slow mode", choices: known(SLOW, slow_mode), value: slow_mode },
      ];
  openForm({
    title: `Change ${name}`,
    fields: [nameField(name), ...details],
    verb: "Save",
    does: ({ name: named, limit, topic: about, slow }) =>
      acts.editChannel({ channel: id, name: named, ...(vocal ? { user_limit: Number(limit) } : { topic: about, rate_limit_per_user: Number(slow) }) }),
    more: [button("Delete the channel", async () => (await acts.deleteChannel(id)) && dialog.close(), { class: "danger" })],
  });
}

function known(choices, value) {
  return choices.some(([each]) => each === value) ? choices : [...choices, [value, `${value} seconds`]];
}

/** In the channel, or from one of its messages. */
export function newThread(channel, message = null) {
  const kind = message ? [] : [{ name: "private", label: "Private", kind: "checkbox" }];
  openForm({
    title: message ? "Thread from this message" : `Thread in ${channel.name}`,
    fields: [nameField(message ? message.content.slice(0, 40) : ""), ...kind],
    verb: "Start",
    does: async ({ name, private: hidden = false }) => {
      const body = { name, private: hidden, ...(message ? { message: message.id } : { channel: channel.id }) };
      const made = await acts.startThread(body);
      if (made) choose({ channel: made.id });
      return made;
    },
  });
}
