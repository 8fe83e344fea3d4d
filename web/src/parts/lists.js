// The incidents, each sort in a place of its own: what threatens people, whose home is silent, and
// where the system cannot see. They are never mixed.

import { age } from "../ages.js";
import { el, fill, say } from "../element.js";
import { badge } from "./level.js";
import { card, row } from "./incident.js";
import { faults, homes, incident as words, levelOrder } from "../words.js";

const isFault = (of) => of.class === "trouble";
const isHome = (of) => of.kind === "stillness";

export const alarmsOf = (incidents) => sorted(incidents.filter((of) => !isFault(of) && !isHome(of)));

function sorted(incidents) {
  const rank = (of) => levelOrder.indexOf(of.level) + (of.class === "alarm" ? 0 : 10);
  return incidents.toSorted((a, b) =>
    rank(a) - rank(b) || Date.parse(a.opened_at) - Date.parse(b.opened_at));
}

export function drawAlarms(section, incidents, { lost, factsOf, choose, shown, sites }) {
  const alarms = alarmsOf(incidents);
  const key = [alarms, lost, shown, alarms.map((of) => factsOf(of.site) !== null),
    alarms.length === 0 && sites];
  fill(section, key, () => alarms.length === 0 ? calm(sites) : alarms.map((of, index) => card(of, {
    site: factsOf(of.site), lost, lead: index === 0,
    choose: of.site === shown ? null : choose,
  })));
}

// Nothing is open: proof that somebody is watching all the same.
function calm(sites) {
  return el("div", { class: "calm" }, el("h2", {}, say(words.none)),
    el("ul", {}, sites.map((site) => el("li", {}, el("b", {}, site.name), " ",
      say(words.watched(site.devices)),
      site.last_input
        ? el("p", {}, say(words.lastInput), " ", age(site.last_input.step_at, "ago")) : null))));
}

export function drawHomes(section, incidents, { lost }) {
  const found = sorted(incidents.filter((of) => isHome(of) && !isFault(of)));
  fill(section, [found, lost], () => found.length === 0 ? [] : [
    el("h2", {}, say(homes.title), " ", el("span", { class: "count" }, String(found.length))),
    el("p", { class: "quiet" }, say(homes.lead)),
    found.map((of) => row(of, { site: null, lost, choose: null })),
  ]);
}

export function drawFaults(section, incidents, { lost, factsOf }) {
  const found = sorted(incidents.filter(isFault));
  const key = [found, lost, found.map((of) => factsOf(of.site) !== null)];
  fill(section, key, () => found.length === 0 ? [] : [
    el("details", { class: "faults", "data-part": "faults" },
      el("summary", { "data-focus": "faults" },
        badge({ class: "trouble" }, faults.title), say(faults.count(found.length)),
        el("span", { class: "quiet" }, say(faults.lead))),
      found.map((of) => row(of, { site: factsOf(of.site), lost, choose: null }))),
  ]);
}
