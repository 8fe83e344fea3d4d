// What would make the rest of the page untrue, said across its whole width.

import { age } from "../ages.js";
import { el, fill, say } from "../element.js";
import { banners, link } from "../words.js";

export function draw(section, state, heardAt, again) {
  fill(section, [state, state === "lost" && heardAt], () => {
    if (!banners[state]) return [];
    return el("div", { class: `banner ${state}` },
      el("strong", {}, say(banners[state])),
      el("p", {}, say(banners[`${state}Note`])),
      state === "lost" && heardAt
        ? el("p", { class: "heard" }, say(link.heard), " ", age(heardAt, "ago")) : null,
      state === "lost"
        ? el("button", { type: "button", "data-focus": "again", on: { click: again } },
          say(link.retry)) : null);
  });
}
