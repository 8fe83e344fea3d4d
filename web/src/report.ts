// A report (상황보고) of an incident as plain text: what may be read over the telephone, sent, or
// printed. It holds no name of a resident, since an incident holds none.

import type { Evacuation, Incident } from "./api";
import { zoneName, zoneOf, type Facts } from "./facts.svelte";
import { because, certainty, headline, measured } from "./incidents";
import { clock } from "./clock.svelte";
import { say, type Pair } from "./prefs.svelte";
import { clockTime, date, lasting, spanned, time } from "./times";
import { cause, floor, incident as words, levels, outcomes, report, role } from "./words";

export interface Part { label: string; lines: string[] }

export function parts(of: Incident, facts: Facts | undefined, evacuation: Evacuation | null): Part[] {
  const sure = certainty(of);
  const part = (label: Pair, ...lines: (string | null | undefined)[]): Part =>
    ({ label: say(label), lines: lines.filter((line): line is string => Boolean(line)) });
  const l = report.lines;
  const standing = of.state === "resolved" ? null : say(words.lasting(lasting(of.opened_at)));
  const owner = of.acknowledged
    ? `${say(words.owned)} ${time(of.acknowledged.at)} ${of.acknowledged.by ?? ""}` : say(words.unowned);
  return [
    part(l.what, headline(of, facts)),
    part(l.level, say(levels[of.level])),
    part(l.since, [date(of.opened_at), time(of.opened_at), standing && `(${standing})`].filter(Boolean).join(" ")),
    part(l.state, of.state === "resolved" ? null : owner, of.stands ? say(report.still) : say(words.over)),
    part(l.sure, `${say(sure.word).replace(/^.*: /, "")}. ${say(sure.why)}`),
    part(l.evidence, ...of.evidence.slice(0, 12).map((one) => {
      const said = measured(one);
      const zone = zoneOf(facts, one);
      const place = zone ? zoneName(facts, zone) : one.source;
      return `${time(one.at)} ${place} · ${[said.what, said.value].filter(Boolean).join(" ") || because(one)}`;
    })),
    part(l.out, ...(evacuation?.guiding ? [
      say(floor.clearing(spanned(evacuation.clearing_s))),
      evacuation.stranded >= 1 ? say(floor.stranded(Math.round(evacuation.stranded))) : null,
      ...evacuation.hazards.slice(0, 8).map((one) => `${say(floor.danger)}: ${zoneName(facts, one.zone)}`),
    ] : [])),
    part(l.notices, ...of.notices.slice(0, 8).map((one) => `${time(one.queued_at)} ${say(role(one.role))}`)),
    part(l.course, ...of.transitions.slice(0, 20).map((one) =>
      `${time(one.at)} ${say(cause(one.cause))} ${one.actor ?? ""}`.trim())),
    part(l.outcome, of.resolved ? say(outcomes[of.resolved.outcome] ?? ["", ""]) : null, of.resolved?.note),
    part(l.id, of.id),
    part(l.written, `${date(clock.local(clock.now).toISOString())} ${clockTime(clock.now)}`),
  ].filter((one) => one.lines.length > 0);
}

export function text(of: Incident, facts: Facts | undefined, evacuation: Evacuation | null): string {
  const head = of.exercise ? `[${say(words.drill)}] ${say(report.drill)}` : say(report.title);
  const body = parts(of, facts, evacuation).map(({ label, lines }) =>
    lines.length === 1 ? `${label}: ${lines[0]}` : `${label}:\n${lines.map((line) => `  - ${line}`).join("\n")}`);
  return [head, ...body].join("\n");
}
