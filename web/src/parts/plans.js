// The storeys of the shown site: the one with the hazard large, the others beside it.

import * as drawing from "./drawing.js";
import { el, fill, say } from "../element.js";
import { storeyOf, zoneName } from "../facts.js";
import { plan as words, storey as storeyWords } from "../words.js";

export function draw(section, { facts, evacuation, epoch, storey }, choose) {
  if (!facts) return fill(section, null, () => []);
  const drawn = facts.storeys.filter((of) => [...facts.zones.values()].some((z) => z.storey === of.id));
  const marks = Object.fromEntries(drawn.map((of) => [of.id, mark(of.id, facts, evacuation)]));
  fill(section, [facts.id, drawn, marks, storey], () => {
    if (drawn.length === 0) return el("p", { class: "quiet" }, say(words.bare));
    const large = drawn.find((of) => of.id === storey);
    return [
      large ? el("figure", { class: `large ${marks[large.id] ?? ""}` },
        el("figcaption", {}, title(large, marks)), slot(large.id)) : null,
      el("div", { class: "thumbs" }, drawn.map((of) => el("button", {
        type: "button", class: `thumb ${marks[of.id] ?? ""}`, "aria-pressed": String(of.id === storey),
        "data-focus": `storey-${of.id}`, "data-storey": of.id, on: { click: () => choose(of.id) },
      }, title(of, marks), slot(of.id)))),
    ];
  });
  // A drawing is one element: where a storey has moved, it moves along.
  for (const place of section.querySelectorAll(".slot")) {
    const small = place.parentElement.classList.contains("thumb");
    const element = drawing.of(facts.id, place.dataset.slot, small, epoch,
      small ? "" : described(place.dataset.slot, facts, evacuation));
    if (place.firstChild !== element) place.replaceChildren(element);
  }
}

const slot = (storey) => el("div", { class: "slot", "data-slot": storey });

function title(storey, marks) {
  const mark = marks[storey.id];
  return el("span", { class: "storey" }, say(storeyWords(storey.level)),
    mark ? el("b", { class: `mark ${mark}` }, say(words[mark])) : null);
}

function mark(storey, facts, evacuation) {
  const on = (list) => list?.some(({ zone }) => storeyOf(facts, zone) === storey);
  if (on(evacuation?.hazards)) return "hazard";
  return on(evacuation?.unknown) ? "unknown" : null;
}

// A picture in words, for those who cannot see it.
function described(storey, facts, evacuation) {
  const level = storeyWords(facts.storeys.find((of) => of.id === storey).level);
  const named = (list, { ko, en }) => list
    .filter(({ zone }) => storeyOf(facts, zone) === storey)
    .map(({ zone }) => `${ko} ${en}: ${zoneName(facts, zone)} ${zone}`);
  return [`${words.title.ko} ${words.title.en} ${level.ko} ${level.en}`,
    ...named(evacuation?.hazards ?? [], words.hazard),
    ...named(evacuation?.unknown ?? [], words.unknown)].join("; ");
}

// The storey to look at first: where the hazard is, else where something is not known while
// people are led out, else the ground floor.
export function first(facts, evacuation) {
  const zones = [...(evacuation?.hazards ?? []), ...(evacuation?.guiding ? evacuation.unknown : [])];
  const burning = zones.map(({ zone }) => storeyOf(facts, zone)).find(Boolean);
  return burning ?? facts?.storeys.findLast((of) => of.level > 0)?.id ?? facts?.storeys[0]?.id;
}
