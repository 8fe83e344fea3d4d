// The way out of every zone of the shown storey, as a table.

import { el, fill, say } from "../element.js";
import { storeyOf, zoneName } from "../facts.js";
import { span, storey as storeyWords, ways as words } from "../words.js";

export function draw(section, { facts, evacuation, failed, storey }) {
  if (!facts) return fill(section, null, () => []);
  const level = facts.storeys.find((of) => of.id === storey)?.level;
  const here = (zone) => storeyOf(facts, zone) === storey;
  const routes = evacuation?.routes.filter((route) => here(route.from)) ?? [];
  const hazards = new Set(evacuation?.hazards.map((of) => of.zone));
  const key = [facts.id, storey, routes, [...hazards], evacuation?.unknown, failed];
  fill(section, key, () => {
    if (failed) return el("p", { class: "absent" }, say(words.absent));
    if (routes.length === 0) return [];
    const lines = routes.toSorted((a, b) => urgency(a, hazards) - urgency(b, hazards));
    return [
      el("h2", {}, say(words.title), " ", say(storeyWords(level))),
      el("table", {},
        el("thead", {}, el("tr", {}, [words.zone, words.to, words.length, words.time].map((of) =>
          el("th", { scope: "col" }, say(of))))),
        el("tbody", {}, lines.map((route) => line(route, facts, hazards.has(route.from))))),
      unknowns(evacuation.unknown, facts),
    ];
  });
}

// Who is in danger stands first, then who cannot get out.
const urgency = (route, hazards) =>
  hazards.has(route.from) ? 0 : { stay: 1, refuge: 2, exit: 3 }[route.goal];

function line(route, facts, burning) {
  return el("tr", { class: `${route.goal} ${burning ? "burning" : ""}`, "data-from": route.from },
    el("th", { scope: "row" }, zoneName(facts, route.from), " ", el("small", {}, route.from),
      burning ? el("b", { class: "mark hazard" }, say(words.burning)) : null),
    el("td", { class: "to" }, goal(route, facts), reasons(route, facts)),
    el("td", { class: "number" }, route.goal === "stay" ? "" : `${Math.round(route.length_m)} m`),
    el("td", { class: "number" }, route.goal === "stay" ? "" : say(span(route.time_s))));
}

function goal(route, facts) {
  if (route.goal === "stay") return [say(words.stay), el("small", {}, say(words.stayNote))];
  if (route.goal === "refuge") {
    return [say(words.refuge), el("small", {}, `${zoneName(facts, route.ends_at)} ${route.ends_at}`)];
  }
  const zone = facts.exits.get(route.ends_at)?.zone ?? route.ends_at;
  return [el("span", { lang: "ko" }, `${zoneName(facts, zone)} ${words.exit.ko}`), " ",
    el("small", { lang: "en" }, route.ends_at)];
}

// Why they are not led the usual way; the service's own sentence where no way leads out.
function reasons(route, facts) {
  const names = (ids) => ids.map((id) => zoneName(facts, id)).join(", ");
  return [
    route.avoids.length > 0
      ? el("small", { class: "avoids" }, say(words.avoids), `: ${names(route.avoids)}`) : null,
    route.unknown.length > 0
      ? el("small", { class: "avoids" }, say(words.through), `: ${names(route.unknown)}`) : null,
    route.goal === "exit" ? null : el("small", { lang: "en" }, route.because),
  ];
}

function unknowns(unknown, facts) {
  if (unknown.length === 0) return null;
  return el("div", { class: "unknowns" }, el("h3", {}, say(words.unknowns)),
    el("ul", {}, unknown.map(({ zone, because }) => el("li", {}, zoneName(facts, zone), " ",
      el("small", {}, zone), " ", el("small", { lang: "en" }, because)))));
}
