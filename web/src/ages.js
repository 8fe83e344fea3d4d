// How long ago things were, in words that go on counting. An age is an element with its moment.

import { el } from "./element.js";
import * as clock from "./clock.js";
import { span } from "./words.js";

const forms = {
  since: (words) => ({ ko: `${words.ko}째`, en: `for ${words.en}` }),
  ago: (words) => ({ ko: `${words.ko} 전`, en: `${words.en} ago` }),
};

export function age(moment, form) {
  const element = el("time", { class: "age", datetime: moment, "data-form": form },
    el("span", { lang: "ko" }), " ", el("span", { lang: "en" }));
  count(element);
  return element;
}

export function countAll() {
  for (const element of document.querySelectorAll("time.age")) count(element);
}

function count(element) {
  if (!clock.known()) return;
  const seconds = Math.max(0, (clock.now() - Date.parse(element.dateTime)) / 1000);
  const { ko, en } = forms[element.dataset.form](span(seconds));
  const [korean, english] = element.querySelectorAll("span");
  if (korean.textContent !== ko) korean.textContent = ko;
  if (english.textContent !== en) english.textContent = en;
}
