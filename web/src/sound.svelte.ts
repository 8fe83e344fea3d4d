// One sound per class: an alarm calls until somebody has it or has silenced it, a supervisory
// signal and a fault are heard once. M silences what sounds now, not what comes next.

import type { Incident } from "./api";
import { live } from "./live.svelte";
import { prefs } from "./prefs.svelte";

/** Tones in Hz and seconds. Alarm: three rising, after ISO 8201's three pulses; the others low. */
const melodies = {
  alarm: [[660, 0.5], [0, 0.5], [660, 0.5], [0, 0.5], [660, 0.5]],
  supervisory: [[520, 0.25], [0, 0.1], [390, 0.35]],
  trouble: [[300, 0.3]],
} as const;
const AGAIN_MS = 5000;

class Sound {
  /** Whether the browser waits for a touch before it lets anything be heard. */
  blocked = $state(false);
  /** What has been silenced by hand, by incident and the moment it was opened or fell open. */
  #silenced = new Set<string>();
  #told = new Set<string>();
  #context: AudioContext | null = null;
  #timer = 0;
  played = $state(0);

  /** In an effect: looks at what is open and lets it be heard. */
  hear(incidents: Iterable<Incident>): void {
    const all = [...incidents];
    const fresh = all.filter((of) => !this.#told.has(key(of)));
    this.#told = new Set(all.map(key));
    if (fresh.some((of) => of.class === "trouble" && of.state === "open")) this.#play("trouble");
    if (fresh.some((of) => of.class === "supervisory" && of.state === "open")) this.#play("supervisory");
    clearInterval(this.#timer);
    if (!this.#calls(all)) return;
    this.#play("alarm");
    this.#timer = window.setInterval(() => this.#play("alarm"), AGAIN_MS);
  }

  /** Silences what sounds now. */
  silence(): void {
    clearInterval(this.#timer);
    for (const of of live.incidents.values()) this.#silenced.add(key(of));
  }

  #calls(all: Incident[]): boolean {
    return all.some((of) => of.class === "alarm" && of.state === "open" && of.level !== "attention"
      && !this.#silenced.has(key(of)));
  }

  #play(name: keyof typeof melodies): void {
    if (!prefs.sound) return;
    this.#context ??= new AudioContext();
    const context = this.#context;
    this.blocked = context.state === "suspended";
    if (this.blocked) {
      void context.resume().then(() => (this.blocked = false));
      return;
    }
    this.played += 1;
    let at = context.currentTime;
    for (const [hertz, seconds] of melodies[name]) {
      if (hertz > 0) tone(context, hertz, at, seconds);
      at += seconds;
    }
  }
}

/** An incident that rings again after its acknowledgement ran out is a new one to the ear. */
const key = (of: Incident): string => `${of.id} ${of.state === "open" ? of.transitions.length : "-"}`;

function tone(context: AudioContext, hertz: number, at: number, seconds: number): void {
  const source = context.createOscillator();
  const gain = context.createGain();
  source.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
  gain.gain.setValueAtTime(0.25, at + seconds - 0.05);
  gain.gain.linearRampToValueAtTime(0, at + seconds);
  source.connect(gain).connect(context.destination);
  source.start(at);
  source.stop(at + seconds);
}

export const sound = new Sound();
