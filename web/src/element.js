// Makes elements. Text goes in as text nodes only: names come from files and are never markup.

const SVG = "http://www.w3.org/2000/svg";

// Properties: `on` holds listeners, everything else is an attribute; nothing and false leave it out.
export function el(name, properties = {}, ...children) {
  return filled(document.createElement(name), properties, children);
}

export function svg(name, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, name), properties, children);
}

// Words in both languages, Korean first.
export function say({ ko, en }, properties = {}) {
  return el("span", { class: "both", ...properties },
    el("span", { lang: "ko" }, ko), " ", el("span", { lang: "en" }, en));
}

function filled(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...present(children));
  return element;
}

const present = (children) => children.flat(2).filter((child) => child ?? null);

// Puts a section's new content in only where it differs from what was put in last, so that what
// has not changed keeps its place, its scroll and its focus.
const keys = new WeakMap();

export function fill(section, key, draw) {
  const text = JSON.stringify(key);
  if (keys.get(section) === text) return;
  keys.set(section, text);
  const focused = section.contains(document.activeElement) && document.activeElement.dataset.focus;
  const open = [...section.querySelectorAll("details[open]")].map((part) => part.dataset.part);
  section.replaceChildren(...present([draw()]));
  for (const part of section.querySelectorAll("details")) {
    if (open.includes(part.dataset.part)) part.open = true;
  }
  if (focused) section.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}
