// What a person may do with an incident. Each asks once more, with the focus on the harmless answer.

import * as api from "../api.js";
import { el, say } from "../element.js";
import { confirm as words, outcomes } from "../words.js";

export function acknowledge(incident) {
  ask(incident, {
    title: words.acknowledge,
    yes: words.acknowledgeYes,
    body: [el("p", {}, say(words.acknowledgeNote)), el("p", { class: "quiet" }, say(words.actor))],
    send: (key) => api.command(incident.id, "acknowledge", key),
  });
}

export function resolve(incident) {
  const note = el("textarea", { rows: 2, maxlength: 2000, id: "note" });
  const choices = Object.entries(outcomes).map(([value, words]) => el("label", {},
    el("input", { type: "radio", name: "outcome", value }), say(words)));
  const chosen = () => choices.map((of) => of.firstChild).find((input) => input.checked)?.value;
  const dialog = ask(incident, {
    title: words.resolve,
    yes: words.resolveYes,
    body: [
      el("p", {}, say(words.resolveNote)),
      el("div", { class: "choices", role: "radiogroup" }, choices),
      el("label", { class: "note", for: "note" }, say(words.note)), note,
    ],
    ready: () => chosen() !== undefined,
    send: (key) => api.command(incident.id, "resolve", key,
      { outcome: chosen(), note: note.value.trim() || undefined }),
  });
  dialog.addEventListener("change", () => dialog.dispatchEvent(new Event("ready")));
}

function ask(incident, { title, yes, body, send, ready = () => true }) {
  // One key for one wish: pressed again after silence, it is still carried out once.
  const key = crypto.randomUUID();
  const refused = el("p", { class: "refused", role: "alert" });
  const go = el("button", { type: "button", class: "primary", disabled: !ready() }, say(yes));
  const back = el("button", { type: "button", autofocus: true }, say(words.back));
  const dialog = el("dialog", { class: "act", "aria-label": `${title.ko} ${title.en}` },
    el("h2", {}, say(title)),
    el("p", { class: "place" }, `${incident.kind_name.ko} · ${incident.place_name} `,
      el("code", {}, incident.id)),
    body, refused, el("div", { class: "buttons" }, back, go));
  back.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("ready", () => { go.disabled = !ready(); });
  go.addEventListener("click", async () => {
    go.disabled = true;
    refused.replaceChildren();
    try {
      await send(key);
      dialog.close();
    } catch (error) {
      go.disabled = false;
      const why = error instanceof api.Refused
        ? [say(words.refused), ": ", error.message] : [say(words.noAnswer)];
      refused.replaceChildren(...why);
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
