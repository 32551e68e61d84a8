// A modal the bot answered with: its fields in a dialog.

import * as acts from "./acts.js";
import { isSelect, picked, selectBox } from "./components.js";
import { button, el } from "./dom.js";
import { rich } from "./text.js";
import { current } from "./view.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT_DISPLAY = 10;
const LABEL = 18;
const LONG = 2;
const dialog = document.getElementById("modal");

export function openModal(interaction, modal) {
  const fields = [];
  const parts = modal.components.flatMap((each) => part(each, fields));
  const title = el("h2", { id: "modal-title" }, modal.title);
  const error = el("p", { class: "error", role: "alert" });
  const form = el("form", { autocomplete: "off" }, title, parts, error, ends());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const filled = fields.map(({ id, control }) => [id, valueOf(control)]);
    if (await acts.submit(interaction, Object.fromEntries(filled))) dialog.close();
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

function valueOf(control) {
  return control.tagName === "SELECT" ? picked(control) : control.value;
}

function ends() {
  return el(
    "div",
    { class: "row ends" },
    button("Cancel", () => dialog.close()),
    el("button", { class: "primary", type: "submit" }, "Submit"),
  );
}

function part(component, fields) {
  if (component.type === TEXT_DISPLAY) return [rich(component.content)];
  if (component.type === ROW) return component.components.map((each) => labelled(each, each.label, "", fields));
  if (component.type === LABEL) return [labelled(component.component, component.label, component.description, fields)];
  return [];
}

function labelled(component, label, description, fields) {
  const control = controlOf(component);
  if (!control) return el("p", { class: "quiet" }, `${label}: this page cannot fill in such a field yet`);
  control.id = `field-${component.custom_id}`;
  fields.push({ id: component.custom_id, control });
  return el(
    "div",
    { class: "field" },
    el("label", { for: control.id }, label, control.required ? el("span", { class: "required" }, " required") : null),
    description ? el("span", { class: "quiet" }, description) : null,
    control,
  );
}

function controlOf(component) {
  if (isSelect(component)) {
    const least = component.required === false ? 0 : 1;
    return selectBox({ ...component, min_values: least }, offers());
  }
  if (component.type !== TEXT_INPUT) return null;
  const long = component.style === LONG;
  const control = el(long ? "textarea" : "input", {
    rows: long ? 5 : null,
    placeholder: component.placeholder,
    minlength: component.min_length || null,
    maxlength: component.max_length ?? 4000,
    required: component.required ?? true,
  });
  control.value = component.value ?? "";
  return control;
}

function offers() {
  const { people, guild, channels } = current();
  const pairs = (things) => things.map(({ id, name, type }) => ({ value: id, label: name, type }));
  return { users: pairs(people), roles: pairs(guild.roles), channels: pairs(channels) };
}
