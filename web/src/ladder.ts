// Who is told when, from what the service says of it: the steps with their clocks where it gives
// them, else only what has been queued.

import type { Incident } from "./api";

export interface Step {
  step: string;
  role: string;
  /** When it was taken or will be. */
  at: string | null;
  state: "taken" | "due" | "stopped";
}

export function steps(of: Incident): Step[] {
  if (of.ladder && of.ladder.length > 0) {
    return of.ladder.map((one) => ({
      step: one.step,
      role: one.roles[0] ?? one.step,
      at: one.taken_at ?? one.stopped_at ?? one.due_at ?? null,
      state: one.taken_at ? "taken" : one.stopped_at ? "stopped" : "due",
    }));
  }
  return of.notices.map((one) => ({
    step: one.step, role: one.role, at: one.queued_at,
    state: one.status === "stopped" ? "stopped" : "taken",
  }));
}

/** The step that comes next, and since when it is waited for. */
export function next(of: Incident): { role: string; at: string; from: string } | null {
  const all = steps(of);
  const due = all.find((one) => one.state === "due");
  if (!due?.at || of.state !== "open") return null;
  const before = all.filter((one) => one.state === "taken" && one.at).at(-1)?.at ?? of.opened_at;
  return { role: due.role, at: due.at, from: before };
}
