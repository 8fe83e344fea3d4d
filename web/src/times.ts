// Moments and spans in words. Every moment of the API carries its site's offset, so its own digits
// are the site's wall clock.

import { clock } from "./clock.svelte";
import { say, prefs } from "./prefs.svelte";
import { incident as words, span } from "./words";

export const ms = (moment: string): number => Date.parse(moment);
export const secondsSince = (moment: string): number => (clock.now - ms(moment)) / 1000;

/** "14:03:07" */
export const time = (moment: string): string => moment.slice(11, 19);
/** "14:03" */
export const minute = (moment: string): string => moment.slice(11, 16);

/** "2초 전" */
export const ago = (moment: string): string => say(words.ago(say(span(secondsSince(moment)))));
/** "1분 5초" */
export const lasting = (moment: string): string => say(span(secondsSince(moment)));
export const spanned = (seconds: number): string => say(span(seconds));

/** "14:03", "어제 18:31" or "11월 2일 18:31". */
export function when(moment: string): string {
  const day = (at: number) => Math.floor(at / 86_400_000);
  const today = clock.local(clock.now).getTime();
  const apart = day(today) - day(Date.parse(`${moment.slice(0, 19)}Z`));
  if (apart === 0) return minute(moment);
  if (apart === 1) return `${prefs.language === "ko" ? "어제" : "yesterday"} ${minute(moment)}`;
  return `${date(moment)} ${minute(moment)}`;
}

/** "11월 24일" */
export function date(moment: string): string {
  const [month, day] = [Number(moment.slice(5, 7)), Number(moment.slice(8, 10))];
  return prefs.language === "ko" ? `${month}월 ${day}일` : `${day} ${months[month - 1]}`;
}

/** "11월 24일 화 14:04:12", now, in the site's own time. */
export function head(): { day: string; time: string } {
  const now = clock.local(clock.now);
  const iso = now.toISOString();
  const weekday = prefs.language === "ko"
    ? "일월화수목금토"[now.getUTCDay()]
    : weekdays[now.getUTCDay()];
  return { day: `${date(iso)} ${weekday}`, time: iso.slice(11, 19) };
}

/** A moment of the service's clock, in ms, as "14:03:07". */
export const clockTime = (at: number): string => clock.local(at).toISOString().slice(11, 19);

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
