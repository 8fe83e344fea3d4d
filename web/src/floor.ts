// What is true of each zone of a storey: danger, the unknown, people, the way out and how long
// they may still wait. One place, so that picture, table and stairs say the same.

import type { Evacuation, Incident, Level, Route, Zone } from "./api";
import { zoneOf, type Facts } from "./facts.svelte";
import { type Pair } from "./prefs.svelte";
import { floor as words, levelOrder, span } from "./words";

export interface ZoneState {
  zone: Zone;
  /** Why it is closed, where it is, and how grave that is. */
  hazard: {
    because: string; level: Level; kind: Incident["kind_name"] | null;
    /** Whether nothing but a drill says so. */
    drill: boolean;
  } | null;
  unknown: string | null;
  route: Route | null;
  people: number;
}

export type Urgency = 0 | 1 | 2 | 3;

export function stateOf(
  facts: Facts,
  evacuation: Evacuation | null,
  incidents: Iterable<Incident>,
): Map<string, ZoneState> {
  const hazards = new Map(evacuation?.hazards.map((of) => [of.zone, of.because]));
  const unknown = new Map(evacuation?.unknown.map((of) => [of.zone, of.because]));
  const routes = new Map(evacuation?.routes.map((of) => [of.from, of]));
  const worst = gravest(facts, incidents);
  return new Map([...facts.zones.values()].map((zone) => {
    const because = hazards.get(zone.id);
    const of = worst.get(zone.id);
    const hazard = because === undefined ? null
      : { because, level: of?.level ?? "critical", kind: of?.kind ?? null, drill: of?.drill ?? false };
    return [zone.id, {
      zone, hazard, unknown: unknown.get(zone.id) ?? null, route: routes.get(zone.id) ?? null,
      people: Math.round(routes.get(zone.id)?.people ?? zone.people),
    } satisfies ZoneState];
  }));
}

function gravest(facts: Facts, incidents: Iterable<Incident>) {
  const found = new Map<string, { level: Level; kind: Incident["kind_name"]; drill: boolean }>();
  // A drill is what a zone is only where nothing real is.
  const realFirst = [...incidents].sort((a, b) => Number(a.exercise) - Number(b.exercise));
  for (const incident of realFirst) {
    if (incident.site !== facts.id || incident.class !== "alarm") continue;
    for (const evidence of incident.evidence) {
      const zone = evidence.ended_at ? null : zoneOf(facts, evidence);
      const held = zone ? found.get(zone) : undefined;
      if (!zone || (held && incident.exercise && !held.drill)) continue;
      if (held && levelOrder.indexOf(held.level) <= levelOrder.indexOf(evidence.level)) continue;
      found.set(zone, { level: evidence.level, kind: incident.kind_name, drill: incident.exercise });
    }
  }
  return found;
}

/** How long the people of a zone may still wait, in words; nothing where nothing presses. */
export function margin(of: ZoneState, guiding: boolean): Pair | null {
  const { route } = of;
  if (!route || !guiding) return null;
  if (route.goal === "stay") return words.noWay;
  if (route.margin === "unknown") return words.marginUnknown;
  if (route.margin !== "left" || route.margin_s === undefined || route.margin_s === null) return null;
  if (route.margin_s < 0) return words.noMargin;
  const [ko, en] = span(route.margin_s);
  return [`여유 ${ko}`, `${en} left`];
}

/** 0: leave at once, 1: no way or no time, 2: less than a minute, 3: the rest. */
export function urgency(of: ZoneState, guiding: boolean): Urgency {
  if (of.hazard) return 0;
  if (!guiding) return 3;
  if (of.route?.goal === "stay" || of.route?.margin === "no-way") return 1;
  const left = of.route?.margin === "left" ? (of.route.margin_s ?? Infinity) : Infinity;
  if (left < 0) return 1;
  return left < 60 ? 2 : 3;
}

export interface StoreyState {
  id: string;
  level: number;
  people: number;
  hazard: Level | null;
  /** Whether nothing but a drill is there. */
  drill: boolean;
  /** The least time left of any zone; none where nothing is expected to close. */
  marginS: number | null;
  noWay: number;
  unknown: number;
}

export function storeys(facts: Facts, states: Map<string, ZoneState>): StoreyState[] {
  return facts.storeys.map(({ id, level }) => {
    const here = [...states.values()].filter((of) => of.zone.storey === id);
    const peopled = here.filter((of) => of.people > 0);
    const left = peopled.flatMap((of) =>
      of.route?.margin === "left" && typeof of.route.margin_s === "number" ? [of.route.margin_s] : []);
    const dangers = here.flatMap((of) => (of.hazard ? [of.hazard] : []));
    const real = dangers.filter((of) => !of.drill);
    const hazards = (real.length > 0 ? real : dangers).map((of) => of.level);
    return {
      id, level,
      people: here.reduce((sum, of) => sum + of.people, 0),
      hazard: levelOrder.find((of) => hazards.includes(of)) ?? null,
      drill: real.length === 0 && dangers.length > 0,
      marginS: left.length > 0 ? Math.min(...left) : null,
      noWay: peopled.filter((of) => of.route?.goal === "stay").length,
      unknown: here.filter((of) => of.unknown !== null).length,
    };
  });
}

export interface Shaft {
  name: string;
  /** Its zone on each storey, by storey. */
  zones: Map<string, string>;
}

/** Stairwells that go through the house: zones that flights of stairs join. */
export function shafts(facts: Facts): Shaft[] {
  const root = new Map<string, string>();
  const find = (id: string): string => {
    const up = root.get(id) ?? id;
    return up === id ? id : find(up);
  };
  const stairs = facts.site.passages.filter((of) => of.kind === "stairs");
  for (const { between: [a = "", b = ""] } of stairs) root.set(find(a), find(b));
  const groups = new Map<string, string[]>();
  for (const zone of facts.zones.values()) {
    const joined = stairs.some((of) => of.between.includes(zone.id));
    if (joined) groups.set(find(zone.id), [...(groups.get(find(zone.id)) ?? []), zone.id]);
  }
  const shaft = (ids: string[]): Shaft => {
    const zones = ids.flatMap((id) => facts.zones.get(id) ?? []);
    const name = zones[0]?.name.replace(/^(지하 ?)?-?\d+층 ?/, "") ?? "";
    return { name, zones: new Map(zones.map((zone) => [zone.storey, zone.id])) };
  };
  return [...groups.values()].map(shaft).sort((a, b) => a.name.localeCompare(b.name));
}

export type Flow = "down" | "up" | "out" | "closed" | "unknown" | "none";

/** Which way people go in a stairwell on a storey. */
export function flow(facts: Facts, states: Map<string, ZoneState>, zone: string | undefined): Flow {
  const state = zone ? states.get(zone) : undefined;
  if (!state) return "none";
  if (state.hazard) return "closed";
  if (state.unknown) return "unknown";
  const [from, to] = [state.zone.id, state.route?.zones[1]].map((id) => facts.zones.get(id ?? "")?.storey);
  if (state.route?.goal === "stay") return "closed";
  const level = (id: string | undefined) => facts.storeys.find((of) => of.id === id)?.level ?? 0;
  if (!to || level(to) === level(from)) return "out";
  return level(to) < level(from) ? "down" : "up";
}
