// The faults: what is under way and how to end it, and a form for each that can be injected.

import { button, el, show } from "./dom.js";
import { ask } from "./door.js";
import { FAULTS, endAll, endTrouble } from "./faults.js";
import { refresh } from "./view.js";

const QUIET = "Nothing: everything works as it should.";
const list = document.getElementById("under-way");
const wrong = list.parentElement.querySelector(".error");

export function startTrouble() {
  const groups = FAULTS.map(([title, faults]) => [el("h3", {}, title), faults.map(faultBox)]);
  document.getElementById("fault-list").append(...groups.flat(2));
}

export function drawTrouble({ troubles }) {
  const items = troubles.map((each) => ({ key: each.id, ...each }));
  if (!items.length) items.push({ key: "none" });
  if (troubles.length > 1) items.push({ key: "all" });
  show(list, items, underWay);
  const tab = document.getElementById("view-faults");
  const words = troubles.length ? `Faults (${troubles.length})` : "Faults";
  if (tab.textContent !== words) tab.textContent = words;
}

function underWay(item) {
  if (item.key === "none") return el("li", { class: "quiet" }, QUIET);
  if (item.key === "all") return el("li", {}, button("End all of these", () => doing(endAll, wrong)));
  const { id, words, hits, held, until } = item;
  const facts = [hits && `struck ${hits === 1 ? "once" : `${hits} times`}`, held && `holds ${held}`].filter(Boolean).join(", ");
  return el(
    "li",
    { class: "line" },
    el(
      "span",
      { class: "who" },
      words,
      facts && el("span", { class: "quiet" }, facts),
      until && el("span", { class: "quiet" }, "ends ", el("time", { "data-relative": until })),
    ),
    button("End", () => doing(() => endTrouble(id), wrong), { "aria-label": `End: ${words}` }),
  );
}

function faultBox(fault, number) {
  const controls = fault.fields.map((field) => control(field, `${fault.title}-${number}`.replace(/\W+/g, "-")));
  const said = el("p", { class: "error", role: "alert" });
  const done = el("p", { class: "good", role: "status" });
  const form = el(
    "form",
    { autocomplete: "off", "aria-label": fault.title },
    el("p", { class: "quiet" }, fault.hint),
    controls.length ? el("div", { class: "fields" }, controls.map(({ box }) => box)) : null,
    el("div", { class: "line" }, el("button", { type: "submit" }, "Let it happen"), done),
    said,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    done.textContent = "";
    const ok = await doing(() => strike(fault, controls), said);
    if (ok) done.textContent = "Done.";
  });
  return el("details", { class: "fault", name: "fault" }, el("summary", {}, fault.title), form);
}

async function strike(fault, controls) {
  if (fault.needs && !(await ask("/gateway")).connected) throw new Error("No bot is connected: nothing would happen.");
  const given = controls.map(({ field, input }) => [field.name, valueOf(field, input)]);
  await fault.strike(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
}

/** Do it, and say in *said* what is refused. */
async function doing(act, said) {
  said.textContent = "";
  try {
    await act();
    await refresh();
    return true;
  } catch (error) {
    said.textContent = error.message;
    return false;
  }
}

function control(field, within) {
  const id = `${within}-${field.name}`;
  const input = inputOf(field, id);
  const label = el("label", { for: id }, field.label);
  if (field.kind === "tick") return { field, input, box: el("div", { class: "tick wide" }, input, label) };
  return { field, input, box: el("div", { class: "field" }, label, input, suggestions(field, input)) };
}

function inputOf({ kind, value, min, max, step, empty, required, choices }, id) {
  if (kind === "tick") return el("input", { id, type: "checkbox" });
  if (kind === "select") return el("select", { id }, choices().map(([each, label]) => el("option", { value: each }, label)));
  return el("input", { id, type: kind, value, min, max, step, placeholder: empty, required });
}

/** Looked up whenever somebody comes to the field: they grow. */
function suggestions({ suggest }, input) {
  if (!suggest) return null;
  const offered = el("datalist", { id: `${input.id}-list` });
  input.setAttribute("list", offered.id);
  input.addEventListener("focus", () => offered.replaceChildren(...suggest().map((value) => el("option", { value }))));
  return offered;
}

function valueOf(field, input) {
  if (field.kind === "tick") return input.checked;
  if (input.value === "") return undefined;
  return field.kind === "number" || field.number ? Number(input.value) : input.value.trim();
}
