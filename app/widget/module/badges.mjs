/** Badges: those that are won, then those on the way. */

import { h } from "./dom.mjs";
import { bar, ClutchElement, nothing } from "./element.mjs";
import { medal } from "./icons.mjs";
import { dateText, shareText } from "./text.mjs";

const ORDER = { earned: 0, ready: 1, locked: 2 };
const CSS = `
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 10px; }
li {
  display: flex; flex-direction: column; align-items: center; text-align: center; gap: 4px;
  padding: 14px 8px 12px; border-radius: calc(var(--radius) - 4px); background: var(--raised);
}
li.locked { background: none; box-shadow: inset 0 0 0 1px var(--line); }
.medal { width: 52px; height: 60px; margin-bottom: 4px; }
.medal .ribbon { fill: color-mix(in srgb, var(--muted) 28%, var(--bg)); }
.medal .rim { fill: color-mix(in srgb, var(--muted) 34%, var(--bg)); }
.medal .face { fill: color-mix(in srgb, var(--muted) 20%, var(--bg)); }
.medal .glyph { fill: color-mix(in srgb, var(--muted) 45%, var(--bg)); }
.medal.won .ribbon { fill: hsl(var(--hue) 62% 52%); }
.medal.won .rim { fill: #e0a526; }
.medal.won .face { fill: #ffd768; }
.medal.won .glyph { fill: #c27f0a; }
strong { font-size: 13px; font-weight: 620; line-height: 1.25; overflow-wrap: anywhere; }
.small { font-size: 12px; }
.bar { width: 100%; max-width: 84px; height: 5px; margin-top: auto; }
.bar > i { min-width: 5px; }
.more { display: block; margin: 12px auto 0; }
`;

export class ClutchBadges extends ClutchElement {
  static css = CSS;
  static title = "Badges";
  static bones = [130];
  static observedAttributes = ["heading", "limit"];
  #isWhole = false;

  view({ badges }) {
    if (!badges.length) return nothing("star", "There are no badges to win yet.");
    const sorted = [...badges].sort((one, other) => ORDER[one.status] - ORDER[other.status]);
    const limit = this.#isWhole ? Infinity : Number(this.getAttribute("limit")) || Infinity;
    const rest = sorted.length - limit;
    const show = () => {
      this.#isWhole = true;
      this.render();
    };
    return [
      h("ul", {}, sorted.slice(0, limit).map(tile)),
      rest > 0 && h("button", { class: "more", onclick: show }, `Show ${rest} more`),
    ];
  }
}

function tile(badge) {
  const isWon = badge.status === "earned";
  return h(
    "li",
    { key: badge.badge_key, class: badge.status },
    medal(badge.badge_key, isWon),
    h("strong", {}, badge.label),
    badge.description && h("span", { class: "small muted" }, badge.description),
    standing(badge),
  );
}

function standing(badge) {
  if (badge.status === "earned") {
    return h("span", { class: "small muted" }, `Won ${dateText(badge.awarded_at)}`);
  }
  if (badge.status === "ready") return h("span", { class: "chip good" }, "Ready");
  return bar(badge.progress, `${badge.label}: ${shareText(badge.progress)}`);
}
