/** Balances: what can be spent, and what is only ever earned. */

import { h } from "./dom.mjs";
import { ClutchElement, nothing } from "./element.mjs";
import { icon } from "./icons.mjs";
import { numberText } from "./text.mjs";

const CSS = `
ul { display: grid; grid-template-columns: repeat(auto-fit, minmax(116px, 1fr)); gap: 10px; }
li {
  display: flex; align-items: center; gap: 10px; padding: 12px;
  border-radius: calc(var(--radius) - 4px); background: var(--raised);
}
.icon { font-size: 28px; color: var(--gold); }
.progression .icon { color: var(--accent); }
strong { display: block; font-size: 20px; font-weight: 720; letter-spacing: -.02em; line-height: 1.15; font-variant-numeric: tabular-nums; }
`;

export class ClutchTokens extends ClutchElement {
  static css = CSS;
  static title = "Balance";
  static bones = [62];

  view({ tokens }) {
    if (!tokens.all.length) return nothing("coin", "There is nothing to earn yet.");
    return h("ul", {}, tokens.all.map(row));
  }
}

function row(token) {
  return h(
    "li",
    { key: token.key, class: token.kind },
    icon(token.kind === "primary" ? "coin" : "bolt"),
    h(
      "div",
      {},
      h("strong", {}, numberText(token.balance)),
      h("span", { class: "small muted" }, token.label),
    ),
  );
}
