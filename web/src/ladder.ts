// Who is told when, from what the service says of it: the steps with their clocks where it gives
// them, else only what has been queued.

import type { Incident } from "./api";
import { say } from "./prefs.svelte";
import { ladder as words, role as roleOf, steps as names } from "./words";

export interface Step {
  step: string;
  roles: readonly string[];
  /** When it was taken or will be. */
  at: string | null;
  state: "taken" | "due" | "stopped";
}

export function steps(of: Incident): Step[] {
  if (of.ladder && of.ladder.length > 0) {
    const last = Math.max(...of.ladder.map((one) => one.run));
    return of.ladder.filter((one) => one.run === last).map((one) => ({
      step: one.step,
      roles: one.roles,
      at: one.taken_at ?? one.stopped_at ?? one.due_at ?? null,
      state: one.taken_at ? "taken" : one.stopped_at ? "stopped" : "due",
    }));
  }
  return of.notices.map((one) => ({
    step: one.step, roles: [one.role], at: one.queued_at,
    state: one.status === "stopped" ? "stopped" : "taken",
  }));
}

/** The step that comes next, and since when it is waited for. */
export function next(of: Incident): { step: Step; at: string; from: string } | null {
  const all = steps(of);
  const due = all.find((one) => one.state === "due" && one.at !== null);
  if (!due?.at || of.state !== "open") return null;
  const before = all.filter((one) => one.state === "taken" && one.at).at(-1)?.at ?? of.opened_at;
  return { step: due, at: due.at, from: before };
}

/** Whom a step calls, or what it does: "생활지원사", "119 신고 권고". */
export const called = (of: Step): string =>
  of.step in names ? say(names[of.step] ?? [of.step, of.step])
    : of.roles.map((role) => say(roleOf(role))).join(", ");

/** "55초 뒤 관리사무소에게 넘어갑니다", without the time. */
export const becomes = (of: Step): string =>
  of.step === "recommend-119" ? called(of) : say(words.goesTo(of.roles.map((role) => say(roleOf(role))).join(", ")));
