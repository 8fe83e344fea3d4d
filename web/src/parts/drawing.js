// A storey's drawing, as the service draws it. As a picture it can run nothing and styles nobody
// else; all that stands on it stands in the table beside it too.

import { planUrl } from "../api.js";
import { el } from "../element.js";

const held = new Map(); // site/storey, large and small → { frame, epoch }

// The element of a storey, which fetches its picture again when `epoch` has moved on. The old one
// stays until the new one can be shown.
export function of(site, storey, small, epoch, words) {
  const name = `${site}/${storey}`;
  const key = `${name} ${small}`;
  if (!held.has(key)) held.set(key, { frame: el("div", { class: "drawing" }), epoch: -1 });
  const drawing = held.get(key);
  if (drawing.epoch !== epoch) {
    drawing.epoch = epoch;
    load(drawing, el("img", { src: planUrl(site, storey, epoch), "data-plan": name }));
  }
  drawing.frame.firstChild?.setAttribute("alt", words);
  return drawing.frame;
}

async function load(drawing, picture) {
  const { epoch, frame } = drawing;
  const shown = await picture.decode().then(() => true, () => false);
  if (drawing.epoch !== epoch) return;
  frame.classList.toggle("absent", !shown);
  if (!shown) {
    drawing.epoch = -1; // asked for again with the next look
    return;
  }
  picture.alt = frame.firstChild?.alt ?? "";
  frame.replaceChildren(picture);
}
