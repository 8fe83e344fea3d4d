// What would make the rest of the page untrue, said across its whole width.

import { age } from "../ages.js";
import { el, fill, say } from "../element.js";
import * as words from "../words.js";

const notes = {
  lost: words.link.lostNote,
  deaf: words.link.deafNote,
  behind: words.link.behindNote,
};

export function draw(section, state, heardAt, again) {
  fill(section, [state, state === "lost" && heardAt], () => {
    if (!notes[state]) return [];
    return el("div", { class: `banner ${state}` },
      el("strong", {}, say(words.link[state])),
      el("p", {}, say(notes[state])),
      state === "lost" && heardAt
        ? el("p", { class: "heard" }, say(words.link.heard), " ", age(heardAt, "ago")) : null,
      state === "lost"
        ? el("button", { type: "button", "data-focus": "again", on: { click: again } },
          say(words.link.retry)) : null);
  });
}
