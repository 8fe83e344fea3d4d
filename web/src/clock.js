// The service's clock, as it was told last: a drill may run it faster than the wall's.

let anchor = null;

export function set({ now, speed }) {
  anchor = { at: Date.parse(now), offset: offsetOf(now), speed, wall: Date.now(), steady: performance.now() };
}

export const known = () => anchor !== null;
export const speed = () => anchor.speed;
export const now = () => anchor.at + (Date.now() - anchor.wall) * anchor.speed;

// Whether this machine slept or its clock was set meanwhile: then ours is no longer the service's.
export function jumped() {
  const apart = Date.now() - anchor.wall - (performance.now() - anchor.steady);
  return Math.abs(apart) > 2000;
}

// "2026-11-24 14:04:12" there, wherever this browser is.
export const shown = () => new Date(now() + anchor.offset).toISOString().slice(0, 19).replace("T", " ");

export const time = (moment) => moment.slice(11, 19);

function offsetOf(moment) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(moment) ?? [null, "+", 0, 0];
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60000;
}
