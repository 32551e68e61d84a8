// Making and changing the page. Nothing here takes markup: whatever people or bots wrote stays text.

const SVG = "http://www.w3.org/2000/svg";
const FOCUSABLE = "a[href], button, input, select";

/** `el("button", {type: "button", onclick: leave}, "Leave")`; an attribute that is false or null is left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) give(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function give(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else node.setAttribute(name, value === true ? "" : value);
}

/** Without a label it only adorns. */
export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/_play/icons.svg#${name}`);
  svg.setAttribute("class", "icon");
  svg.append(use);
  if (!label) svg.setAttribute("aria-hidden", "true");
  if (!label) return svg;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return el("span", { class: "marked", title: label }, svg);
}

export function button(label, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, label);
}

/**
 * Make *parent* show *items*, each drawn by *make*. An item has a `key` and is plain data: where that
 * is what it was, its element stays, and with it what somebody has typed, chosen or focused in it.
 */
export function show(parent, items, make) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focus = focusIn(parent);
  const wanted = items.map((item) => element(before.get(item.key), item, make));
  for (const node of before.values()) if (!wanted.includes(node)) node.remove();
  let next = parent.firstChild;
  for (const node of wanted) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  focus(wanted);
}

function element(before, item, make) {
  const drawn = JSON.stringify(item);
  if (before && before.drawn === drawn) return before;
  const node = make(item);
  node.dataset.key = item.key;
  node.drawn = drawn;
  return node;
}

/** Remember which control of which item has the focus; the answer gives it to its successor. */
function focusIn(parent) {
  const active = document.activeElement;
  const item = active && active !== parent && [...parent.children].find((node) => node.contains(active));
  if (!item) return () => {};
  const place = [...item.querySelectorAll(FOCUSABLE)].indexOf(active);
  return (nodes) => {
    if (active.isConnected) return;
    const after = nodes.find((node) => node.dataset.key === item.dataset.key);
    after?.querySelectorAll(FOCUSABLE)[place]?.focus();
  };
}

/** Make a `<select>` offer *choices*, `[{value, label}]`, with *value* chosen. */
export function offer(select, choices, value) {
  show(select, choices.map((each) => ({ key: each.value, ...each })), (each) =>
    el("option", { value: each.value, disabled: each.disabled }, each.label),
  );
  select.value = value ?? "";
}

/** Two letters on one of eight colours, always the same for the same name. */
export function avatar(name, size = "") {
  const letters = [...name.replace(/[^\p{L}\p{N}]/gu, "")].slice(0, 2).join("") || "?";
  const hue = [...name].reduce((sum, letter) => (sum * 53 + letter.codePointAt(0)) % 997, 4) % 8;
  return el("span", { class: `avatar hue-${hue} ${size}`, "aria-hidden": "true" }, letters);
}
