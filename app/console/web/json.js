/** JSON to be read: coloured by kind, folded where it is long. All of it is text. */

import { h } from "./dom.js";

const FOLDED_FROM_DEPTH = 3;

/** A value as a tree that can be folded. */
export const jsonTree = (value) => h("div.json", {}, node(value, 0));

/** A value as indented text, with a button to copy it. */
export function jsonText(value) {
  const text = typeof value === "string" ? pretty(value) : JSON.stringify(value, null, 2);
  return h("pre.json", { tabindex: "0" }, text);
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export function at(document, pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((value, part) => value?.[part], document);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function node(value, depth) {
  if (value === null || typeof value !== "object")
    return h(`span.${value === null ? "null" : typeof value}`, {}, JSON.stringify(value));
  const entries = Object.entries(value);
  const [open, shut] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return h("span", {}, open + shut);
  const name = (key) => (Array.isArray(value) ? null : h("span.key", {}, key, ": "));
  const lines = entries.map(([key, each]) => h("li", {}, name(key), node(each, depth + 1)));
  const isFlat =
    entries.every(([, each]) => each === null || typeof each !== "object") &&
    JSON.stringify(value).length < 60;
  if (isFlat)
    return h(
      "span",
      {},
      open,
      entries.map(([key, each], index) => [index ? ", " : "", name(key), node(each, depth + 1)]),
      shut,
    );
  const title = value.key ?? value.type ?? `${entries.length} entries`;
  return h(
    "details",
    { open: depth < FOLDED_FROM_DEPTH },
    h("summary", {}, open, " ", h("span.quiet", {}, String(title)), " ", shut),
    h("ul", {}, lines),
  );
}
