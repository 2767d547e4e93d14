/** Numbers, instants and keys in words. */

const INTEGER = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
];

/** 12,345 */
export const number = (value) => INTEGER.format(value);

/** 12.3K */
export const short = (value) => SHORT.format(value);

/** +30 or −30, with a real minus. */
export const signed = (value) => (value < 0 ? "−" : "+") + INTEGER.format(Math.abs(value));

/** 0.0–1.0 as a percentage. */
export const percent = (value) => `${(value * 100).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %`;

/** 14:03:22 today, else 21 Nov 14:03:22. */
export function moment(text, now = new Date()) {
  const at = new Date(text);
  if (at.toDateString() === now.toDateString()) return TIME.format(at);
  const day = at.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR;
  return `${day.format(at)} ${TIME.format(at)}`;
}

/** 2026-11-21 as 21 Nov. */
export const day = (text) => DAY.format(new Date(`${text}T00:00:00`));

/** "3 minutes ago", "in 2 hours". */
export function distance(text, now = new Date()) {
  const seconds = (new Date(text) - now) / 1000;
  let amount = Math.abs(seconds);
  let unit = "second";
  for (const [many, name] of STEPS) {
    unit = name;
    if (amount < many) break;
    amount /= many;
  }
  const whole = Math.round(amount);
  const words = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

/** 1,234 ms or 2.1 s. */
export const duration = (ms) => (ms < 2000 ? `${number(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** "1 rule", "2 rules". */
export const count = (many, one, more = `${one}s`) => `${number(many)} ${many === 1 ? one : more}`;

/** The end of an id, enough to tell it from its neighbours. */
export const tail = (id) => (id.length > 14 ? `…${id.slice(-8)}` : id);

/** `snake_case` as words. */
export const words = (key) => key.replaceAll(/[_-]/g, " ");
