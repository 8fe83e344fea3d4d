// The only file that opens a stream. It holds every incident that is not resolved, and what is
// known of the connection.
//
// A cursor brings what was missed meanwhile; without one the first message is the whole truth, so
// a gap can never hide an incident.

import { readiness, Refused, stillIn, type Incident, type Snapshot } from "./api";
import { clock } from "./clock.svelte";

const AGAIN_MS = 1000;
const PULSE_MS = 1500;
/** What differs after a loss is marked for so long. */
const MARKED_MS = 10_000;

/** `unkept`: the service is there, and what it is told is not kept. */
export type Link = "opening" | "well" | "lost" | "behind" | "unkept" | "deaf";
type Answer = { code: string } | { hears: boolean; hindrance?: string | null };

class Live {
  /** Every unresolved incident, by id. */
  incidents = $state.raw<ReadonlyMap<string, Incident>>(new Map());
  /** Resolved while this page was open, newest first. */
  ended = $state.raw<readonly Incident[]>([]);
  /** When anything was heard, on the service's clock in ms. */
  heardAt = $state(0);
  /** Tries since the connection was lost. */
  tries = $state(0);
  begun = $state(false);
  /** Counts every message, for those who have to ask again when something moved. */
  moved = $state(0);
  /** What differs from before the connection was lost. */
  changed = $state.raw<ReadonlySet<string>>(new Set());
  hindrance = $state<string | null>(null);

  #streaming = $state(false);
  #answer = $state.raw<Answer | null>(null);
  #cursor = "";
  #stream: EventSource | null = null;
  #again = 0;
  #wasLost = false;
  #started = false;
  #ticking = 0;
  #pulsing = 0;

  link = $derived.by((): Link => {
    if (!this.begun && this.tries < 3) return "opening";
    if (!this.#streaming || this.#answer === null) return "lost";
    if ("code" in this.#answer) return this.#answer.code.startsWith("database-") ? "unkept" : "behind";
    return this.#answer.hears ? "well" : "deaf";
  });

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#open();
    void this.#pulse();
    this.#ticking = window.setInterval(() => this.#tick(), 1000);
  }

  /** Nobody is in any more: nothing is listened to, and nothing of it is kept. */
  stop(): void {
    if (!this.#started) return;
    clearTimeout(this.#again);
    this.#stream?.close();
    this.#stream = null;
    this.#streaming = false;
    this.#started = false;
    this.begun = false;
    this.#cursor = "";
    this.incidents = new Map();
    this.ended = [];
    clearInterval(this.#ticking);
    clearTimeout(this.#pulsing);
  }

  /** Asks for the whole truth anew. */
  again(): void {
    this.#cursor = "";
    this.#open();
  }

  #tick(): void {
    clock.tick();
    if (clock.jumped()) this.again();
  }

  #open(): void {
    clearTimeout(this.#again);
    this.#stream?.close();
    const from = this.#cursor && `?cursor=${encodeURIComponent(this.#cursor)}`;
    const stream = new EventSource(`/api/v1/incidents/live${from}`);
    this.#stream = stream;
    stream.addEventListener("open", () => {
      this.#streaming = true;
      this.tries = 0;
    });
    stream.addEventListener("snapshot", (message) => {
      this.#hear(message);
      this.#truth(JSON.parse(message.data) as Snapshot);
    });
    stream.addEventListener("incident", (message) => {
      this.#hear(message);
      this.#take(JSON.parse(message.data) as Incident);
    });
    // A browser gives up for good on an answer that is no stream, so it is done here. Missed
    // moves are worth less than the certainty that nothing is left over: it starts afresh.
    stream.addEventListener("error", () => {
      stream.close();
      this.#streaming = false;
      this.#wasLost = true;
      this.#cursor = "";
      this.tries += 1;
      // A stream says nothing of why it ended: a session that is over looks like a cut cable.
      void stillIn();
      clearTimeout(this.#again);
      this.#again = window.setTimeout(() => this.#open(), AGAIN_MS);
    });
  }

  #hear(message: MessageEvent): void {
    this.#cursor = message.lastEventId;
    if (clock.now > 0) clock.tick();
    this.moved += 1;
  }

  #truth(snapshot: Snapshot): void {
    clock.set(snapshot.clock);
    this.heardAt = clock.now;
    const now = new Map(snapshot.incidents.map((of) => [of.id, of]));
    if (this.#wasLost && this.begun) this.#mark(now);
    this.#wasLost = false;
    this.begun = true;
    this.incidents = now;
  }

  #mark(now: Map<string, Incident>): void {
    const differs = (of: Incident) => {
      const before = this.incidents.get(of.id);
      return before?.state !== of.state || before.level !== of.level;
    };
    this.changed = new Set([...now.values()].filter(differs).map((of) => of.id));
    setTimeout(() => (this.changed = new Set()), MARKED_MS);
  }

  #take(incident: Incident): void {
    this.heardAt = clock.now;
    const held = new Map(this.incidents);
    if (incident.state === "resolved") {
      held.delete(incident.id);
      this.ended = [incident, ...this.ended.filter((of) => of.id !== incident.id)].slice(0, 50);
    } else {
      held.set(incident.id, incident);
      this.ended = this.ended.filter((of) => of.id !== incident.id);
    }
    this.incidents = held;
    performance.mark("incident-taken");
  }

  // A stream says nothing while nothing happens, and a cut cable is silent as well: so it asks.
  async #pulse(): Promise<void> {
    const answer = await readiness()
      .catch((error: unknown) => (error instanceof Refused ? { code: error.code } : null));
    this.#answer = answer;
    this.hindrance = answer && "hindrance" in answer ? (answer.hindrance ?? null) : null;
    if (answer && !("code" in answer) && this.#streaming) this.heardAt = clock.now;
    if (this.#started) this.#pulsing = window.setTimeout(() => void this.#pulse(), PULSE_MS);
  }
}

export const live = new Live();
