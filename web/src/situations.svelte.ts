// What the situations bring for those who act: checklists, which leads, which people may declare.

import * as api from "./api";
import type { Level } from "./api";

export interface Situation {
  id: string;
  name: { ko: string; en: string };
  /** Of two at once the one with the smaller number leads. */
  threat: number;
  /** How grave it is when a person opens it; none: people do not. */
  declared?: Level | null;
  checklist: { id: string; text: { ko: string; en: string } }[];
}

class Situations {
  #held = $state.raw<ReadonlyMap<string, Situation>>(new Map());

  all(): readonly Situation[] {
    return [...this.#held.values()];
  }

  of(kind: string): Situation | undefined {
    return this.#held.get(kind);
  }

  async refresh(): Promise<void> {
    if (!(await api.offers("/api/v1/situations"))) return;
    const found = await api.get<{ situations: Situation[] }>("/api/v1/situations").catch(() => null);
    if (found) this.#held = new Map(found.situations.map((of) => [of.id, of]));
  }
}

export const situations = new Situations();
