// What a person does about an incident. Asked once more in a dialog where it cannot be taken back
// lightly; sent with one key for one wish, so that pressing twice does it once.

import * as api from "./api";
import type { Incident } from "./api";
import { live } from "./live.svelte";
import type { Pair } from "./prefs.svelte";

export type Asked = { what: "acknowledge" | "resolve" | "false"; incident: Incident };

class Acts {
  asked = $state.raw<Asked | null>(null);
  /** What has just been done, with a way back where there is one. */
  told = $state.raw<{ what: Pair; undo: (() => void) | null } | null>(null);
  #timer = 0;

  get possible(): boolean {
    return !["lost", "opening", "unkept"].includes(live.link);
  }

  ask(what: Asked["what"], incident: Incident): void {
    if (this.possible) this.asked = { what, incident };
  }

  tell(what: Pair, undo: (() => void) | null = null): void {
    this.told = { what: [`${what[0]}: 됐습니다`, `${what[1]}: done`], undo };
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.told = null), 10_000);
  }
}

export const acts = new Acts();

/** Why a wish was not carried out, for the eyes of who asked. */
export const refusal = (error: unknown): string | null =>
  error instanceof api.Refused ? error.message : null;
