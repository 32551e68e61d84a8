// Components of a message: buttons, selects, and the boxes they stand in.

import * as acts from "./acts.js";
import { button, el, icon } from "./dom.js";
import { link, rich } from "./text.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 6: "primary" };
const SELECTS = { 3: "options", 5: "users", 6: "roles", 7: "mentionables", 8: "channels" };
const DRAWN = {
  1: (row, context) => el("div", { class: "row" }, components(row.components, context)),
  2: drawButton,
  9: section,
  10: (text, { names }) => rich(text.content, names),
  11: picture,
  12: (gallery) => el("div", { class: "row" }, (gallery.items ?? []).map(picture)),
  13: (file) => el("p", { class: "file" }, icon("picture"), file.name ?? "file"),
  14: (line) => el("hr", { class: line.divider === false ? "bare" : "" }),
  17: container,
};

/** *context* is what its message stands in: `{message, names, offers}`. */
export function components(list, context) {
  return (list ?? []).map((each) => (isSelect(each) ? select(each, context) : DRAWN[each.type]?.(each, context)));
}

export function isSelect(component) {
  return component.type in SELECTS;
}

/** Every component, outer before inner. */
export function walk(list) {
  return (list ?? []).flatMap((each) => [
    each,
    ...walk(each.components),
    ...walk([each.component, each.accessory].filter(Boolean)),
  ]);
}

function drawButton(given, { message }) {
  const label = [given.emoji?.name, given.label].filter(Boolean).join(" ") || "button";
  if (given.url) return /^https?:\/\//.test(given.url) ? link(given.url, label) : el("span", {}, label);
  const style = BUTTON_STYLES[given.style] ?? "secondary";
  return button(label, () => acts.click(message, given.custom_id), { class: style, disabled: given.disabled });
}

function section(given, context) {
  return el(
    "div",
    { class: "section" },
    el("div", {}, components(given.components, context)),
    given.accessory && components([given.accessory], context),
  );
}

function container(given, context) {
  const box = el("div", { class: "embed" }, components(given.components, context));
  const color = given.accent_color;
  if (color) box.style.borderInlineStartColor = `#${color.toString(16).padStart(6, "0")}`;
  return box;
}

/** Pictures stand elsewhere, and nothing is fetched from there. */
function picture(given) {
  return el("p", { class: "file" }, icon("picture"), given.description ?? "picture");
}

function select(given, { message, offers }) {
  const box = selectBox(given, offers);
  const name = given.placeholder ?? "Make a choice";
  box.setAttribute("aria-label", name);
  return el(
    "form",
    {
      class: "row pick",
      onsubmit: (event) => {
        event.preventDefault();
        acts.pickValues(message, given.custom_id, picked(box));
      },
    },
    box,
    el("button", { class: "secondary", type: "submit", disabled: given.disabled }, "Choose"),
  );
}

/** A `<select>` for a select component; *offers* has the users, roles and channels there are. */
export function selectBox(given, offers) {
  const many = (given.max_values ?? 1) > 1;
  const box = el("select", { multiple: many, disabled: given.disabled, required: (given.min_values ?? 1) > 0 });
  const empty = el("option", { value: "" }, given.placeholder ?? "Make a choice");
  if (!many) box.append(empty);
  const preset = new Set((given.default_values ?? []).map((each) => each.id));
  for (const { value, label, description, ...rest } of choicesOf(given, offers)) {
    const words = description ? `${label} — ${description}` : label;
    box.append(el("option", { value, selected: rest.default || preset.has(value) }, words));
  }
  return box;
}

export function picked(box) {
  return [...box.selectedOptions].map((option) => option.value).filter(Boolean);
}

function choicesOf(given, offers) {
  const kind = SELECTS[given.type];
  if (kind === "options") return given.options ?? [];
  if (kind === "mentionables") return [...offers.users, ...offers.roles];
  const types = given.channel_types ?? [];
  return offers[kind].filter((each) => !types.length || types.includes(each.type));
}
