// The ways out of the shown site, kept fresh.
//
// Every incident that moves asks anew. While an alarm is open it is asked every two seconds
// besides: that signs have answered, or fell back to rest, moves no incident, so the stream does
// not tell of it.

import * as api from "./api.js";

const AGAIN_MS = 2000;

let asked = 0;
let timer = 0;
let key = "";
// `epoch` here counts what we have seen, so that drawings are fetched again only when something
// of them has changed.
export const shown = { site: null, evacuation: null, failed: false, epoch: 0 };

export async function follow(site, open, changed) {
  clearTimeout(timer);
  const turn = ++asked;
  if (shown.site !== site) {
    key = "";
    Object.assign(shown, { site, evacuation: null, failed: false });
  }
  const evacuation = await api.evacuation(site).catch(() => null);
  if (turn !== asked) return;
  const wasFailed = shown.failed;
  shown.failed = evacuation === null;
  if (evacuation) take(evacuation, changed);
  if (wasFailed !== shown.failed) changed();
  if (open) timer = setTimeout(() => follow(site, open, changed), AGAIN_MS);
}

function take(evacuation, changed) {
  // A sign that is told the same again only lasts longer.
  const now = JSON.stringify(evacuation, (name, value) => (name === "until" ? undefined : value));
  if (now === key) return;
  key = now;
  shown.evacuation = evacuation;
  shown.epoch += 1;
  changed();
}
