// The head: whose page it is, which site is shown, the service's time, and whether it is heard.

import { el, fill, say } from "../element.js";
import { badge } from "./level.js";
import { levelOrder, levels, link } from "../words.js";

export function draw(section, { sites, shown, incidents, state, speed }, choose) {
  const worst = (site) => worstOf(incidents.filter((of) => of.site === site.id));
  const key = [sites.map((site) => [site.id, site.name, worst(site)]), shown, state, speed];
  fill(section, key, () => [
    el("h1", {}, say({ ko: "지킴이", en: "jikimi" })),
    el("nav", { "aria-label": "시설 Sites" }, sites.map((site) => tab(site, worst(site), shown, choose))),
    el("span", { class: `link ${state}`, role: "status" },
      el("i", { "aria-hidden": "true" }), say(link[state])),
    el("time", { id: "clock" }),
    speed === 1 ? null : el("span", { class: "speed" }, `×${speed}`),
  ]);
}

function tab(site, worst, shown, choose) {
  return el("button", {
    type: "button",
    class: "site",
    "aria-pressed": String(site.id === shown),
    "data-focus": `site-${site.id}`,
    "data-site": site.id,
    on: { click: () => choose(site.id) },
  },
  el("span", {}, site.name), el("small", {}, site.id),
  worst && badge({ class: "alarm", level: worst.level }, counted(worst)));
}

// The highest level of a site's alarms, and how many there are of it.
function worstOf(incidents) {
  const alarms = incidents.filter((of) => of.class !== "trouble");
  const level = levelOrder.find((level) => alarms.some((of) => of.level === level));
  return level && { level, count: alarms.filter((of) => of.level === level).length };
}

const counted = ({ level, count }) =>
  ({ ko: `${levels[level].ko} ${count}`, en: `${levels[level].en} ${count}` });
