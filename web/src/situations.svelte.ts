// What the situations bring for those who act: checklists and names, where the service tells them.

import * as api from "./api";

export interface Situation {
  id: string;
  name?: string;
  name_en?: string;
  checklist?: { id: string; ko: string; en: string }[];
}

class Situations {
  #held = $state.raw<ReadonlyMap<string, Situation>>(new Map());
  #asked = false;

  all(): readonly Situation[] {
    this.#ask();
    return [...this.#held.values()];
  }

  of(_site: string, kind: string): Situation | undefined {
    this.#ask();
    return this.#held.get(kind);
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    void this.#read();
  }

  async #read(): Promise<void> {
    if (!(await api.offers("/api/v1/situations"))) return;
    const found = await api.get<{ situations: Situation[] }>("/api/v1/situations").catch(() => null);
    if (found) this.#held = new Map(found.situations.map((of) => [of.id, of]));
  }
}

export const situations = new Situations();
