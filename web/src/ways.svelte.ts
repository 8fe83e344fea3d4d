// The ways out of one site, kept fresh for whoever shows them.
//
// Every incident that moves asks anew. While an alarm is open it is asked every two seconds
// besides: that signs have answered, or fell back to rest, moves no incident, so the stream does
// not tell of it.

import * as api from "./api";
import { live } from "./live.svelte";

const AGAIN_MS = 2000;

export class Ways {
  evacuation = $state.raw<api.Evacuation | null>(null);
  failed = $state(false);
  #text = "";

  /** To be called in an effect: follows a site until the effect is run again. */
  follow(site: string | null): () => void {
    let stopped = false;
    let timer = 0;
    const look = async () => {
      if (!site) return;
      const found = await api.evacuation(site).catch(() => null);
      if (stopped) return;
      this.failed = found === null;
      if (found) this.#take(found);
      const open = [...live.incidents.values()].some((of) => of.site === site && of.class === "alarm");
      if (open || !found) timer = window.setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  #take(found: api.Evacuation): void {
    // A sign that is told the same again only lasts longer.
    const text = JSON.stringify(found, (name, value) => (name === "until" ? undefined : value));
    if (text === this.#text) return;
    this.#text = text;
    this.evacuation = found;
  }
}
