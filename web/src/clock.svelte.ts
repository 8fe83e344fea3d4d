// The service's clock, as it was told last: a drill or a demo may run it faster than the wall's.

interface Anchor {
  at: number;
  offset: number;
  speed: number;
  wall: number;
  steady: number;
}

class ServiceClock {
  /** The service's time in ms, moved on every second; 0 until it is known. */
  now = $state(0);
  speed = $state(1);
  #anchor: Anchor | null = null;

  set(told: { now: string; speed: number }): void {
    this.#anchor = {
      at: Date.parse(told.now),
      offset: offsetOf(told.now),
      speed: told.speed,
      wall: Date.now(),
      steady: performance.now(),
    };
    this.speed = told.speed;
    this.tick();
  }

  tick(): void {
    const anchor = this.#anchor;
    if (anchor) this.now = anchor.at + (Date.now() - anchor.wall) * anchor.speed;
  }

  /** Whether this machine slept or its clock was set: then ours is no longer the service's. */
  jumped(): boolean {
    const anchor = this.#anchor;
    if (!anchor) return false;
    const apart = Date.now() - anchor.wall - (performance.now() - anchor.steady);
    return Math.abs(apart) > 2000;
  }

  /** A moment as a date of the site's own zone, to be read with the UTC getters. */
  local(moment: number): Date {
    return new Date(moment + (this.#anchor?.offset ?? 0));
  }
}

export const clock = new ServiceClock();

function offsetOf(moment: string): number {
  const parts = /([+-])(\d\d):(\d\d)$/.exec(moment);
  if (!parts) return 0;
  return Number(`${parts[1]}1`) * (Number(parts[2]) * 60 + Number(parts[3])) * 60_000;
}
