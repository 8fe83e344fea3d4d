// What the page knows, and who draws it. Every change of it draws everything; each part puts in
// only what differs.

import { countAll } from "./ages.js";
import * as api from "./api.js";
import * as clock from "./clock.js";
import * as facts from "./facts.js";
import * as guidance from "./guidance.js";
import { watch } from "./live.js";
import * as banner from "./parts/banner.js";
import * as head from "./parts/head.js";
import * as lists from "./parts/lists.js";
import * as plans from "./parts/plans.js";
import * as ways from "./parts/ways.js";

const page = {
  incidents: new Map(), // every incident that is not resolved
  sites: [],
  link: { stream: false, ready: null },
  heardAt: null, // on the service's clock
  begun: false,
  pickedSite: null, // what a person chose, before what we would show
  pickedStorey: null,
};
const part = (id) => document.getElementById(id);

function state() {
  const { stream, ready } = page.link;
  if (!page.begun) return "opening";
  if (!stream || ready === null) return "lost";
  if (ready.code) return "behind";
  return ready.hears ? "well" : "deaf";
}

function shownSite() {
  const worst = lists.alarmsOf([...page.incidents.values()])[0];
  const drawn = page.sites.find((site) => site.zones > 0) ?? page.sites[0];
  return page.pickedSite ?? worst?.site ?? drawn?.id ?? null;
}

const summaryOf = (id) => page.sites.find((site) => site.id === id);
function factsOf(id) {
  const summary = summaryOf(id);
  return summary ? facts.of(summary, draw) : null;
}

function draw() {
  const now = state();
  const lost = now === "lost";
  const site = shownSite();
  const incidents = [...page.incidents.values()];
  const ours = guidance.shown.site === site ? guidance.shown : { evacuation: null, epoch: 0 };
  const known = site && factsOf(site);
  const storey = page.pickedStorey ?? plans.first(known, ours.evacuation);
  const { evacuation, epoch, failed } = ours;

  document.body.dataset.link = now;
  banner.draw(part("banner"), now, page.heardAt, () => again());
  const speed = clock.known() ? clock.speed() : 1;
  head.draw(part("head"), { sites: page.sites, shown: site, incidents, state: now, speed }, choose);
  const context = { lost, factsOf, choose, shown: site, sites: page.sites };
  lists.drawAlarms(part("alarms"), incidents, context);
  lists.drawHomes(part("homes"), incidents, context);
  lists.drawFaults(part("faults"), incidents, context);
  const drawable = evacuation || failed ? known : null;
  plans.draw(part("plans"), { facts: drawable, evacuation, epoch, storey }, chooseStorey);
  ways.draw(part("ways"), { facts: known, evacuation, failed: failed && !lost, storey });
  document.title = `${lists.alarmsOf(incidents).length > 0 || lost ? "● " : ""}지킴이 jikimi`;
  tick();
}

function tick() {
  if (!clock.known()) return;
  const shown = part("clock");
  if (shown) shown.textContent = clock.shown();
  countAll();
}

// Asks for the ways of the shown site, now and for as long as an alarm is open there.
function follow() {
  const site = shownSite();
  if (!site) return;
  const open = [...page.incidents.values()].some((of) => of.site === site && of.class === "alarm");
  guidance.follow(site, open, draw);
}

function choose(site) {
  page.pickedSite = site;
  page.pickedStorey = null;
  follow();
  draw();
}

function unpick() {
  page.pickedSite = null;
  page.pickedStorey = null;
}

function chooseStorey(storey) {
  page.pickedStorey = storey;
  draw();
}

function heard() {
  if (clock.known()) page.heardAt = new Date(clock.now()).toISOString();
}

async function refreshSites() {
  const answer = await api.sites().catch(() => null);
  if (!answer) return;
  page.sites = answer.sites;
  follow();
  draw();
}

const again = watch({
  truth({ clock: told, incidents }) {
    clock.set(told);
    heard();
    page.begun = true;
    page.incidents = new Map(incidents.map((of) => [of.id, of]));
    refreshSites();
    draw();
  },
  incident(incident) {
    heard();
    // What is new is shown, whatever a person was looking at.
    if (!page.incidents.has(incident.id) && incident.class === "alarm") unpick();
    if (incident.state === "resolved") page.incidents.delete(incident.id);
    else page.incidents.set(incident.id, incident);
    follow();
    draw();
  },
  link({ stream, ready }, answered) {
    const found = stream && !page.link.stream;
    page.link = { stream, ready };
    if (answered) heard();
    if (found && page.begun) refreshSites();
    draw();
  },
});

setInterval(() => {
  tick();
  if (clock.known() && clock.jumped()) again();
}, 1000);
// Proof of life on a calm screen, which no stream tells.
setInterval(() => { if (page.incidents.size === 0) refreshSites(); }, 15000);
