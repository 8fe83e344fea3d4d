// Keys. A page says which it takes; the newest says first. They rest while somebody types and in
// a dialog, and single ones can be turned off.

import { prefs } from "./prefs.svelte";

export type Keys = Record<string, () => void>;

const bound: Keys[] = [];
/** When `g` was pressed; it leads for a second and a half. */
let leader = -Infinity;

/** Binds keys until the returned function is called. "g o" is one after the other. */
export function bind(keys: Keys): () => void {
  bound.push(keys);
  return () => {
    bound.splice(bound.indexOf(keys), 1);
  };
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement
    && target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, dialog") !== null;
}

function name(event: KeyboardEvent): string {
  // On a Korean keyboard the letter is Hangul; the key is the same.
  if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

export function listen(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = name(event);
    if (!prefs.keys && key.length === 1 && key !== "?") return;
    const now = performance.now();
    const wanted = now - leader < 1500 ? `g ${key}` : key;
    leader = key === "g" ? now : -Infinity;
    for (const keys of bound.toReversed()) {
      const act = keys[wanted];
      if (!act) continue;
      // A link or a button keeps its own Enter.
      if (key === "Enter" && event.target instanceof HTMLElement
        && event.target.closest("a, button, summary")) return;
      event.preventDefault();
      act();
      return;
    }
  });
}
