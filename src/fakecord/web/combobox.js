// A text field with a list of suggestions below or above it, worked by keyboard or pointer.

import { el, show } from "./dom.js";

let count = 0;

/**
 * *load* (text → `[{label, hint}]`, or null for no list) may take its time: only the answer to the
 * newest text is shown. *take* is called with the suggestion somebody chose.
 */
export function combobox(input, list, { load, take, wait = 0 }) {
  const name = list.id || (list.id = `list-${++count}`);
  let found = [];
  let active = 0;
  let moved = false;
  let asked = 0;
  let timer = 0;

  async function look() {
    const mine = ++asked;
    const answer = await load(input.value);
    if (mine !== asked || document.activeElement !== input) return;
    found = answer ?? [];
    active = 0;
    moved = false;
    draw();
  }

  function move(by) {
    active = (active + by + found.length) % found.length;
    moved = true;
  }

  function draw() {
    show(list, found.map((each, index) => ({ ...each, key: `${name}-${index}`, active: index === active })), option);
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${name}-${active}`);
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  function option({ key, label, hint, active: chosen }) {
    const words = [el("span", { class: "label" }, label), hint && el("span", { class: "quiet" }, hint)];
    return el("div", { id: key, role: "option", "aria-selected": String(chosen) }, words);
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    found = [];
    draw();
  }

  function choose(index) {
    const chosen = found[index];
    close();
    take(chosen);
  }

  function later() {
    clearTimeout(timer);
    if (wait) timer = setTimeout(look, wait);
    else look();
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Escape: close,
    Enter: () => choose(active),
    Tab: () => choose(active),
  };
  input.addEventListener("keydown", (event) => {
    if (list.hidden || !(event.key in keys) || event.shiftKey || event.isComposing) return;
    // A list that came up by itself, over an empty field, takes neither Tab nor Enter away.
    if (["Enter", "Tab"].includes(event.key) && !input.value && !moved) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
    draw();
  });
  input.addEventListener("input", later);
  input.addEventListener("focus", later);
  input.addEventListener("blur", close);
  // Before the field loses the focus, which closes the list.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const index = [...list.children].findIndex((each) => each.contains(event.target));
    if (index >= 0) choose(index);
  });
}
