// A level as colour, word and shape, so that none of the three is needed to know it.

import { el, say, svg } from "../element.js";
import { levels } from "../words.js";

const shapes = {
  attention: "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15Z",
  caution: "M10 1.8 19 17.6H1Z",
  warning: "M10 .8 19.2 10 10 19.2.8 10Z",
  critical: "M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2Z",
  trouble: "M2.5 2.5h15v15h-15ZM2.5 17.5l15-15",
};

export const shape = (name) =>
  svg("svg", { viewBox: "0 0 20 20", class: "shape", "aria-hidden": "true" },
    svg("path", { d: shapes[name] }));

// A fault keeps the shape of faults, whatever its level.
export function badge(incident, words = levels[incident.level]) {
  const look = incident.class === "trouble" ? "trouble" : incident.level;
  return el("span", { class: `badge ${look}` }, shape(look), say(words));
}
