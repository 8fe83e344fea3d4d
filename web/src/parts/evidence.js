// Why: each piece of evidence as a sentence, with its device, its place and its age.

import { age } from "../ages.js";
import { el, say } from "../element.js";
import * as facts from "../facts.js";
import { incident as words, quantities } from "../words.js";

const FIRST = 3;

export function list(incident, site) {
  // What stands comes first, and of that what began first.
  const order = (of) => [of.ended_at ? 1 : 0, Date.parse(of.at)];
  const sorted = incident.evidence.toSorted((a, b) => {
    const [x, y] = [order(a), order(b)];
    return x[0] - y[0] || x[1] - y[1];
  });
  const rest = sorted.slice(FIRST);
  return [
    el("ol", { class: "evidence" }, sorted.slice(0, FIRST).map((of) => piece(of, site))),
    rest.length > 0 ? el("details", { "data-part": `evidence-${incident.id}` },
      el("summary", { "data-focus": `evidence-${incident.id}` }, say(words.more(rest.length))),
      el("ol", { class: "evidence" }, rest.map((of) => piece(of, site)))) : null,
  ];
}

export function summary(incident) {
  const standing = incident.evidence.filter((of) => !of.ended_at);
  const devices = new Set(standing.flatMap((of) => of.devices.length ? of.devices : [of.source]));
  return words.evidence(standing.length, devices.size);
}

function piece(evidence, site) {
  const zone = facts.zoneOf(site, evidence);
  const ko = measured(evidence, "ko");
  return el("li", { class: evidence.ended_at ? "ended" : null, "data-source": evidence.source },
    el("span", { class: "what" },
      ko ? el("b", { lang: "ko" }, ko) : null,
      zone ? el("span", { class: "where" }, facts.zoneName(site, zone)) : null,
      evidence.late ? el("span", { class: "mark" }, say(words.late)) : null,
      evidence.ended_at ? el("span", { class: "mark" }, say(words.over)) : null),
    age(evidence.at, "ago"),
    el("span", { class: "because" },
      el("span", { lang: "en" }, evidence.because), " · ", el("code", {}, evidence.source)));
}

// The readings it rests on; what was on or off needs no value.
function measured(evidence, language) {
  const said = evidence.readings.map(({ quantity, value, unit }) => {
    const name = quantities[quantity]?.[language] ?? quantity;
    if (typeof value === "boolean") return name;
    return `${name} ${Math.round(value * 10) / 10} ${unit}`.trim();
  });
  return [...new Set(said)].join(", ");
}
