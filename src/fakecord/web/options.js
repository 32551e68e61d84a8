// An option of a slash command as a labelled field, and what somebody has put into it.

import { complete } from "./acts.js";
import { combobox } from "./combobox.js";
import { el } from "./dom.js";
import { CATEGORY } from "./view.js";

const TYPING_PAUSE = 150; // ms
const STRING = 3;
const INTEGER = 4;
const NUMBER = 10;
const YES_NO = [
  { value: "true", label: "True" },
  { value: "false", label: "False" },
];
const CHOICES = {
  5: () => YES_NO,
  6: ({ people }) => pairs(people),
  7: ({ channels }, { channel_types: types }) =>
    pairs(channels.filter((each) => (types?.length ? types.includes(each.type) : each.type !== CATEGORY))),
  8: ({ guild }) => pairs(guild.roles),
  9: ({ people, guild }) => [...pairs(people), ...pairs(guild.roles)],
};

function pairs(things) {
  return things.map(({ id, name }) => ({ value: id, label: name }));
}

/** `{box, control, option}`; *all* answers all fields of the form, for autocomplete. */
export function field(option, { view, command, all, say }) {
  const id = `option-${option.name}`;
  const control = controlOf(option, view, id);
  const hint = `${option.name}-hint`;
  control.setAttribute("aria-describedby", hint);
  const list = option.autocomplete && suggestions(option, control, { command, all, say });
  const box = el(
    "div",
    { class: "option" },
    el("label", { for: id }, option.name, option.required ? el("span", { class: "required" }, " required") : null),
    control,
    list || null,
    el("span", { class: "quiet hint", id: hint }, option.description),
  );
  return { box, control, option };
}

/** What was given, by name; an autocomplete's choice counts as its value, not as its name. */
export function given(fields) {
  const filled = fields.filter(({ control }) => control.value !== "");
  return Object.fromEntries(filled.map(({ control, option }) => [option.name, valueOf(control)]));
}

function valueOf(control) {
  return control.picked?.name === control.value ? control.picked.value : control.value;
}

function controlOf(option, view, id) {
  const choices = option.choices?.map((each) => ({ value: each.value, label: each.name }));
  const offered = choices?.length ? choices : CHOICES[option.type]?.(view, option);
  if (offered) return choiceOf(option, offered, id);
  const number = [INTEGER, NUMBER].includes(option.type) && !option.autocomplete;
  return el("input", {
    id,
    type: number ? "number" : "text",
    step: option.type === NUMBER ? "any" : null,
    min: number ? option.min_value : null,
    max: number ? option.max_value : null,
    minlength: option.type === STRING ? option.min_length : null,
    maxlength: option.type === STRING ? option.max_length : null,
    required: option.required,
  });
}

function choiceOf(option, offered, id) {
  const empty = option.required ? "Choose one" : "—";
  return el(
    "select",
    { id, required: option.required },
    el("option", { value: "" }, empty),
    offered.map(({ value, label }) => el("option", { value }, label)),
  );
}

function suggestions(option, control, { command, all, say }) {
  const name = `Suggestions for ${option.name}`;
  const list = el("div", { class: "popup", role: "listbox", hidden: true, "aria-label": name });
  combobox(control, list, {
    wait: TYPING_PAUSE,
    load: (text) => suggested(command, option.name, text, all(), say),
    take: ({ choice }) => {
      control.value = choice.name;
      control.picked = choice;
    },
  });
  const role = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(role)) control.setAttribute(name, value);
  return list;
}

async function suggested(command, name, text, fields, say) {
  const { [name]: _, ...others } = given(fields);
  try {
    const choices = await complete(command, name, text, others);
    return choices.map((choice) => ({ label: choice.name, choice }));
  } catch (error) {
    say(error.message, true);
    return null;
  }
}
