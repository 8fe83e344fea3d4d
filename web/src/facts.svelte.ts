// What a site is: its storeys, zones, ways and devices, asked once and kept until it changes.

import * as api from "./api";

export interface Facts {
  id: string;
  name: string;
  site: api.Site;
  /** The highest first. */
  storeys: api.Storey[];
  zones: Map<string, api.Zone>;
  devices: Map<string, api.Device>;
}

class Sites {
  list = $state.raw<readonly api.SiteSummary[]>([]);
  asked = $state(false);
  #facts = $state.raw<ReadonlyMap<string, Facts>>(new Map());
  #asking = new Map<string, string>(); // site → configuration

  async refresh(): Promise<void> {
    const answer = await api.sites().catch(() => null);
    if (!answer) return;
    this.list = answer.sites;
    this.asked = true;
  }

  summary(id: string): api.SiteSummary | undefined {
    return this.list.find((site) => site.id === id);
  }

  name(id: string): string {
    return this.summary(id)?.name ?? id;
  }

  /** The facts of a site, or nothing until they are there. Asks for them where it has to. */
  of(id: string): Facts | undefined {
    const summary = this.summary(id);
    if (summary && this.#asking.get(id) !== summary.configuration) {
      this.#asking.set(id, summary.configuration);
      void this.#read(id);
    }
    return this.#facts.get(id);
  }

  async #read(id: string): Promise<void> {
    try {
      // Who may not see the building (a caseworker) knows of homes only: what is not theirs is empty.
      const parts = [
        api.site(id).catch(unless(nowhere(id, this.name(id)))), api.zones(id).catch(unless([])),
        api.devices(id).catch(unless([])),
      ] as const;
      const [site, zones, devices] = await Promise.all(parts);
      const facts: Facts = {
        id,
        name: site.name,
        site,
        storeys: site.storeys.toSorted((a, b) => b.level - a.level),
        zones: new Map(zones.map((of) => [of.id, of])),
        devices: new Map(devices.map((of) => [of.id, of])),
      };
      this.#facts = new Map(this.#facts).set(id, facts);
    } catch {
      this.#asking.delete(id); // asked for again with the next look
    }
  }
}

export const sites = new Sites();

const nowhere = (id: string, name: string) => ({
  id, name, storeys: [], passages: [], exits: [], in_buildings: [], situations: [],
}) as unknown as api.Site;

/** What stands in for what whoever asks may not see; any other failure is asked for again. */
function unless<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof api.Refused && error.status === 403) return instead;
    throw error;
  };
}

export const zoneName = (facts: Facts | undefined, id: string): string =>
  facts?.zones.get(id)?.name ?? id;

/** The zone in which a piece of evidence was found: its own, else where its device hangs. */
export const zoneOf = (facts: Facts | undefined, evidence: api.Evidence): string | null =>
  evidence.zone ?? facts?.devices.get(evidence.source)?.zone ?? null;

/** Where things of an incident stand, where it began first: a name that does not hop about. */
export function zonesOf(facts: Facts | undefined, incident: api.Incident): string[] {
  const since = new Map<string, number>();
  for (const evidence of incident.evidence) {
    const zone = evidence.ended_at ? null : zoneOf(facts, evidence);
    if (!zone) continue;
    since.set(zone, Math.min(since.get(zone) ?? Infinity, Date.parse(evidence.at)));
  }
  return [...since.keys()].sort((a, b) => (since.get(a) ?? 0) - (since.get(b) ?? 0));
}

/** Whether an incident is of a home: its place is no zone, storey, building or site. */
export function isHome(facts: Facts | undefined, incident: api.IncidentSummary): boolean {
  if (!facts || incident.place === incident.site) return false;
  const { site, zones } = facts;
  return !zones.has(incident.place)
    && !site.storeys.some((of) => of.id === incident.place)
    && !site.in_buildings.some((of) => of.id === incident.place)
    && !facts.devices.has(incident.place);
}

/** A name on a plan of one storey, which says the storey once. */
export const roomName = (name: string): string =>
  name.replace(/^(지하 ?)?-?\d+층 ?/, "") || name;
