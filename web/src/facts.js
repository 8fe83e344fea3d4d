// What a site is: its storeys, zones, exits and devices, asked once and kept until it changes.

import * as api from "./api.js";

const kept = new Map(); // site → { configuration, facts }, facts being none until they are there

// The facts of a site, or nothing yet; `arrived` is called when they are there.
export function of(summary, arrived) {
  const held = kept.get(summary.id);
  if (held?.configuration === summary.configuration) return held.facts;
  const entry = { configuration: summary.configuration, facts: null };
  kept.set(summary.id, entry);
  read(summary.id).then(
    (facts) => { entry.facts = facts; arrived(); },
    () => kept.delete(summary.id),
  );
  return null;
}

async function read(id) {
  const [site, zones, devices] = await Promise.all([api.site(id), api.zones(id), api.devices(id)]);
  const byId = (list) => new Map(list.map((item) => [item.id, item]));
  return {
    id,
    name: site.name,
    storeys: site.storeys.toSorted((a, b) => b.level - a.level),
    exits: byId(site.exits),
    zones: byId(zones),
    devices: byId(devices),
  };
}

export const zoneName = (facts, id) => facts?.zones.get(id)?.name ?? id;
export const storeyOf = (facts, zone) => facts?.zones.get(zone)?.storey;

// Where a piece of evidence was found: its own zone, else where its device hangs.
export const zoneOf = (facts, evidence) =>
  evidence.zone ?? facts?.devices.get(evidence.source)?.zone ?? null;
