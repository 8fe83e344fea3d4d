// How incidents are ordered, named and judged. One place, so that a wall, a list and a telephone
// agree on which comes first.

import type { Evidence, Incident, IncidentSummary, Level } from "./api";
import { roomName, sites, zoneName, zonesOf, type Facts } from "./facts.svelte";
import { named, prefs, say, type Pair } from "./prefs.svelte";
import { situations } from "./situations.svelte";
import { incident as words, levelOrder, quantities } from "./words";

export type Look = Level | "trouble";

/** What it looks like: a fault has no level's colour. */
export const look = (of: IncidentSummary): Look => (of.class === "trouble" ? "trouble" : of.level);

const rank = { alarm: 0, supervisory: 1, trouble: 2 } as const;

/** What threatens many comes before what threatens one; a kind that is not here, in between. */
const threat: Record<string, number> = {
  fire: 0, "chemical-release": 0, gas: 1, earthquake: 1, intruder: 1, "air-raid": 1, co: 2,
  crowding: 2, flood: 3, fall: 6, sos: 6, stillness: 7,
};

/** As the situations say, where the service tells them. */
const threatOf = (kind: string): number => situations.of(kind)?.threat ?? threat[kind] ?? 5;

/** Real before drill, alarms before faults, graver before lighter, many before one, unowned before
 *  owned, older before younger. */
export function urgent(a: IncidentSummary, b: IncidentSummary): number {
  return Number(a.exercise) - Number(b.exercise)
    || rank[a.class] - rank[b.class]
    || levelOrder.indexOf(a.level) - levelOrder.indexOf(b.level)
    || threatOf(a.kind) - threatOf(b.kind)
    || Number(a.state !== "open") - Number(b.state !== "open")
    || Number(!a.stands) - Number(!b.stands)
    || Date.parse(a.opened_at) - Date.parse(b.opened_at)
    || a.id.localeCompare(b.id);
}

export interface Counts {
  alarms: Record<Level, number>;
  troubles: number;
  supervisory: number;
}

/** Real open incidents by level; drills are none. */
export function counted(all: Iterable<IncidentSummary>): Counts {
  const counts: Counts = {
    alarms: { critical: 0, warning: 0, caution: 0, attention: 0 }, troubles: 0, supervisory: 0,
  };
  for (const of of all) {
    if (of.exercise) continue;
    if (of.class === "trouble") counts.troubles += 1;
    else if (of.class === "supervisory") counts.supervisory += 1;
    else counts.alarms[of.level] += 1;
  }
  return counts;
}

/** The worst level of an alarm, if there is one. */
export const worst = (counts: Counts): Level | null =>
  levelOrder.find((level) => counts.alarms[level] > 0) ?? null;

/** "화재 · 고객센터 3층 조리실" */
export function headline(of: Incident, facts: Facts | undefined): string {
  return `${named(of.kind_name)} · ${sites.name(of.site)} ${where(of, facts)}`.trim();
}

/** The zone in which it began, else the place. */
export function where(of: Incident, facts: Facts | undefined): string {
  const zone = zonesOf(facts, of)[0];
  if (zone && zone !== of.place) return zoneName(facts, zone);
  return of.place === of.site ? "" : (facts?.zones.get(of.place)?.name ?? of.place_name);
}

/** Other zones in which something stands: "2층 복도 동쪽 외 2곳". */
export function spread(of: Incident, facts: Facts | undefined): string[] {
  return zonesOf(facts, of).slice(1).map((zone) => roomName(zoneName(facts, zone)));
}

export const standing = (of: Incident): Evidence[] => of.evidence.filter((one) => !one.ended_at);

const devicesOf = (evidence: readonly Evidence[]): Set<string> =>
  new Set(evidence.flatMap((one) => (one.devices.length > 0 ? one.devices : [one.source])));

const panelSaid = (evidence: readonly Evidence[]): boolean =>
  evidence.some((one) => one.readings.some(
    (reading) => reading.quantity === "panel_alarm" || reading.quantity === "call_point"));

/** How sure, in one word and one sentence, from who says so. */
export function certainty(of: Incident): { word: Pair; why: Pair; grounds: Pair } {
  const now = standing(of);
  const devices = devicesOf(now).size;
  const panel = panelSaid(now);
  if (now.length === 0) return { word: words.sure.gone, why: words.over, grounds: words.over };
  const grounds = panel && devices > 1 ? words.andPanel(devices - 1) : words.sensors(devices);
  if (panel && devices > 1) return { word: words.sure.high, why: words.highWhy, grounds };
  if (panel || devices > 1) return { word: words.sure.middle, why: words.middleWhy, grounds };
  return { word: words.sure.low, why: words.lowWhy, grounds };
}

/** What a piece of evidence measured: "연기", "14 %/m". */
export function measured(of: Evidence): { what: string; value: string } {
  const newest = of.readings.at(-1);
  if (!newest) return { what: "", value: "" };
  const what = say(quantities[newest.quantity] ?? [newest.quantity, newest.quantity]);
  if (typeof newest.value !== "number") return { what, value: "" };
  return { what, value: `${Math.round(Number(newest.value) * 10) / 10} ${newest.unit}`.trim() };
}

/** A rule's own sentence, in the language that is chosen. */
export const because = (of: { because: string; because_ko: string }): string =>
  prefs.language === "ko" ? of.because_ko : of.because;

export const path = (of: { id: string }): string => `#/incidents/${of.id}`;
