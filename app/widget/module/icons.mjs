/** The drawings of the widgets themselves; decoration, so screen readers pass over them. */

import { h } from "./dom.mjs";

const PATHS = {
  flame:
    "M12.8 1.5c.6 3.2-.9 4.9-2.6 6.8C8.3 10.4 5 12.2 5 15.8c0 3.9 3.1 6.7 7 6.7s7-2.9 7-7c0-3.3-1.7-5.8-3.4-7.7-.3 1.7-.9 2.7-2 3.4.9-3.4.8-7-.8-9.7ZM12 20.5c-1.9 0-3.2-1.3-3.2-3.1 0-2 1.7-2.8 2.8-4.5 1.7 1.1 3.6 2.4 3.6 4.6 0 1.8-1.4 3-3.2 3Z",
  check: "M9.2 17.6 4 12.4l1.7-1.7 3.5 3.5 9.1-9.1L20 6.8Z",
  star: "m12 2.5 2.9 6.1 6.6.9-4.8 4.6 1.2 6.6-5.9-3.2-5.9 3.2 1.2-6.6L2.5 9.5l6.6-.9Z",
  lock: "M7 10V8a5 5 0 0 1 10 0v2h.5c.8 0 1.5.7 1.5 1.5v8c0 .8-.7 1.5-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5v-8c0-.8.7-1.5 1.5-1.5Zm2 0h6V8a3 3 0 0 0-6 0Z",
  coin: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 4.5 1.7 3.5 3.8.6-2.8 2.7.7 3.8-3.4-1.8-3.4 1.8.7-3.8-2.8-2.7 3.8-.6Z",
  bolt: "M13.5 2 4.5 13.5H11L9.5 22l10-12.5H13Z",
  snow: "M11 2h2v20h-2ZM3 7.9l1-1.7L21.3 16.1l-1 1.7ZM20.3 6.2l1 1.7L4 17.8l-1-1.7Z",
  cloud:
    "M7 19a5 5 0 0 1-.9-9.9A6 6 0 0 1 17.6 9 4.5 4.5 0 0 1 17.5 19Zm1.7-9.3L7.3 11l3 3-3 3 1.4 1.4 3-3 3 3L16 17l-3-3 3-3-1.4-1.4-3 3Z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4Z",
  bag: "M8 7a4 4 0 0 1 8 0h3l1 13.5H4L5 7Zm2 0h4a2 2 0 0 0-4 0Z",
  egg: "M12 2.5c3.8 0 7 6.3 7 11a7 7 0 0 1-14 0c0-4.7 3.2-11 7-11Z",
};

export function icon(name, more) {
  const frame = { viewBox: "0 0 24 24", class: `icon ${more ?? ""}`, "aria-hidden": "true" };
  return h("svg", frame, h("path", { d: PATHS[name], fill: "currentColor" }));
}

/** A medal whose colour follows from its key, so that every badge has one of its own. */
export function medal(key, isWon) {
  const style = { "--hue": hueOf(key) };
  return h(
    "svg",
    { viewBox: "0 0 48 56", class: isWon ? "medal won" : "medal", style, "aria-hidden": "true" },
    h("path", { class: "ribbon", d: "M14 30 8 53l9-4 5 6 4-22Z" }),
    h("path", { class: "ribbon", d: "m34 30 6 23-9-4-5 6-4-22Z" }),
    h("circle", { class: "rim", cx: 24, cy: 21, r: 19 }),
    h("circle", { class: "face", cx: 24, cy: 21, r: 14.5 }),
    h("path", {
      class: "glyph",
      d: "m24 11.5 2.9 5.9 6.5.9-4.7 4.6 1.1 6.5-5.8-3.1-5.8 3.1 1.1-6.5-4.7-4.6 6.5-.9Z",
    }),
  );
}

export function hueOf(key) {
  let hash = 7;
  for (const letter of key) hash = (hash * 31 + letter.codePointAt(0)) % 3_600;
  return (hash * 47) % 360;
}
