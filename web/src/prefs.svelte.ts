// What this browser's user has chosen: language, theme, sound, single keys. Kept on this machine
// only, since a wall and a telephone of the same person differ.

export type Language = "ko" | "en";
export type Theme = "light" | "dark";
/** One thing said in both languages, Korean first. */
export type Pair = readonly [ko: string, en: string];

function stored(name: string, fallback: string): string {
  try {
    return localStorage.getItem(`jikimi.${name}`) ?? fallback;
  } catch {
    return fallback; // a browser that keeps nothing
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`jikimi.${name}`, value);
  } catch {
    // It holds until the page is left.
  }
}

const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;

class Preferences {
  language = $state<Language>(stored("language", "ko") === "en" ? "en" : "ko");
  theme = $state<Theme>(stored("theme", prefersDark ? "dark" : "light") === "dark" ? "dark" : "light");
  sound = $state(stored("sound", "on") === "on");
  keys = $state(stored("keys", "on") === "on");

  setLanguage(language: Language): void {
    this.language = language;
    keep("language", language);
  }
  setTheme(theme: Theme): void {
    this.theme = theme;
    keep("theme", theme);
  }
  setSound(on: boolean): void {
    this.sound = on;
    keep("sound", on ? "on" : "off");
  }
  setKeys(on: boolean): void {
    this.keys = on;
    keep("keys", on ? "on" : "off");
  }
}

export const prefs = new Preferences();

/** A pair in the language that is chosen. */
export const say = (pair: Pair): string => pair[prefs.language === "ko" ? 0 : 1];

/** What the API names in both languages. */
export const named = (names: { ko: string; en: string }): string => names[prefs.language];
