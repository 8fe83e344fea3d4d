// One incident: its level, what and where, since when, why, and what to do next.

import * as act from "./act.js";
import { age } from "../ages.js";
import * as clock from "../clock.js";
import { el, say } from "../element.js";
import * as evidence from "./evidence.js";
import * as facts from "../facts.js";
import { badge, shape } from "./level.js";
import { classes, incident as words, levels, nextStep } from "../words.js";

// `lead` is the one that is drawn as large as it is important.
export function card(incident, { site, lead, lost, choose }) {
  const look = incident.class === "trouble" ? "trouble" : incident.level;
  return el("article", {
    class: `incident ${look} ${incident.class} ${lead ? "lead" : ""} ${incident.exercise ? "drill" : ""}`,
    "data-incident": incident.id,
    "data-state": incident.state,
  },
  el("header", {}, shape(look), el("div", { class: "title" },
    el("h2", {}, said(incident, "ko"), el("small", {}, said(incident, "en"))),
    incident.class === "alarm" ? null : tag(classes[incident.class]),
    incident.exercise ? tag(words.exercise) : null,
    el("p", { class: "place" }, place(incident, site)))),
  el("div", { class: "facts" },
    el("div", { class: "now" },
      el("p", { class: "since" }, label(words.since),
        el("b", {}, clock.time(incident.opened_at)), " ", age(incident.opened_at, "since")),
      owner(incident)),
    el("p", { class: "why" }, label(words.why), el("b", {}, say(evidence.summary(incident)))),
    el("div", { class: "next" }, label(words.next), el("strong", {}, say(nextStep(incident)))),
    buttons(incident, lost, choose),
    evidence.list(incident, site)));
}

// One line for an incident of which there may be many: a click opens the rest.
export function row(incident, context) {
  return el("details", {
    class: `row ${incident.level}`, "data-part": incident.id, "data-incident": incident.id,
    "data-state": incident.state,
  },
  el("summary", { "data-focus": incident.id }, badge(incident), say(incident.kind_name),
    el("span", { class: "place" }, place(incident, context.site)), age(incident.opened_at, "since"),
    say(incident.state === "acknowledged" ? words.owned : words.unowned),
    el("strong", {}, say(nextStep(incident)))),
  card(incident, { ...context, lead: false }));
}

// Level and kind in one breath: "심각 화재".
const said = (incident, language) => el("span", { lang: language },
  el("b", {}, levels[incident.level][language]), " ", incident.kind_name[language], " ");
const tag = (pair) => el("span", { class: "tag" }, say(pair));
const label = (pair) => say(pair, { class: "both label" });

function owner({ state, acknowledged }) {
  const has = state === "acknowledged";
  return el("p", { class: `owner ${state}` },
    el("b", {}, say(has ? words.owned : words.unowned)),
    has ? el("span", {}, acknowledged.by, " ",
      acknowledged.until ? say(words.until(clock.time(acknowledged.until))) : "") : null);
}

// Where things were found comes first, then the place that the incident is of.
function place(incident, site) {
  const found = zonesOf(incident, site).filter((zone) => zone !== incident.place);
  const more = found.length > 3 ? ` +${found.length - 3}` : "";
  const names = found.slice(0, 3).map((zone) => facts.zoneName(site, zone)).join(", ");
  return [
    found.length > 0 ? el("span", { class: "found" }, el("span", { lang: "ko" }, `${names}${more}`),
      " ", el("span", { lang: "en" }, `${found.slice(0, 3).join(", ")}${more}`)) : null,
    el("span", {}, el("span", { lang: "ko" }, [site?.name, incident.place_name].filter(Boolean).join(" ")),
      " ", el("span", { lang: "en" }, `${incident.site}/${incident.place}`)),
  ];
}

// Where things were found, the place with the most evidence first.
function zonesOf(incident, site) {
  const counts = new Map();
  for (const of of incident.evidence) {
    const zone = of.ended_at ? null : facts.zoneOf(site, of);
    if (zone) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  return [...counts.keys()].toSorted((a, b) => counts.get(b) - counts.get(a));
}

function buttons(incident, lost, choose) {
  const button = (pair, name, click) => el("button", {
    type: "button", class: name, disabled: lost, "data-focus": `${name}-${incident.id}`,
    on: { click },
  }, say(pair));
  return el("div", { class: "buttons" },
    incident.state === "open"
      ? button(words.acknowledge, "acknowledge", () => act.acknowledge(incident)) : null,
    button(words.resolve, "resolve", () => act.resolve(incident)),
    choose ? button(words.show, "show", () => choose(incident.site)) : null);
}
