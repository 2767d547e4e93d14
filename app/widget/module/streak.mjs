/** Streaks: how long, whether this day or week counts already, and what comes next. */

import { h } from "./dom.mjs";
import { bar, ClutchElement, nothing } from "./element.mjs";
import { icon } from "./icons.mjs";
import { lengthText, numberText, periodText, rewardText } from "./text.mjs";

const CSS = `
ul { display: grid; gap: 16px; }
li { display: grid; grid-template-columns: 54px 1fr; gap: 14px; align-items: center; }
.fire {
  width: 54px; height: 54px; border-radius: 50%; display: grid; place-items: center;
  background: var(--raised); color: var(--muted); position: relative; font-size: 30px;
}
.fire.lit { background: color-mix(in srgb, var(--warm) 15%, var(--bg)); color: var(--warm); }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 1px 7px; }
.top strong { font-weight: 600; flex: 1 0 100%; color: var(--muted); font-size: 13px; }
.count { margin-right: 3px; font-size: 22px; font-weight: 750; letter-spacing: -.02em; line-height: 1.15; font-variant-numeric: tabular-nums; }
.bar { margin: 7px 0 5px; height: 6px; }
.bar > i { background: var(--warm); min-width: 6px; }
`;

export class ClutchStreak extends ClutchElement {
  static css = CSS;
  static title = "Streak";
  static bones = [62];
  static observedAttributes = ["heading", "streak"];

  view(state) {
    const key = this.getAttribute("streak");
    const shown = state.streaks.filter((streak) => !key || streak.key === key);
    if (!shown.length) return nothing("flame", "There is no streak to keep yet.");
    return h("ul", {}, shown.map((streak) => row(state, streak)));
  }
}

function row(state, streak) {
  const isLit = streak.count > 0;
  return h(
    "li",
    { key: streak.key },
    h("div", { class: isLit ? "fire lit" : "fire" }, icon("flame")),
    h(
      "div",
      {},
      h(
        "div",
        { class: "top" },
        h("strong", {}, streak.label),
        h("span", { class: "count" }, lengthText(streak.kind, streak.count)),
        today(streak, isLit),
        freezes(streak),
      ),
      milestone(state, streak),
    ),
  );
}

function today({ kind, is_done: isDone }, isLit) {
  if (isDone === null) return null;
  if (isDone) return h("span", { class: "chip good" }, icon("check"), `Done ${periodText(kind)}`);
  return isLit && h("span", { class: "chip warm" }, `Still open ${periodText(kind)}`);
}

function freezes({ freezes_left: left }) {
  if (!left) return null;
  const text = `${numberText(left)} freeze${left === 1 ? "" : "s"} left`;
  return h("span", { class: "chip", title: text }, icon("snow"), h("span", {}, numberText(left)),
    h("span", { class: "hidden" }, text));
}

function milestone(state, { label, kind, count, next_milestone: next }) {
  if (!next) return null;
  const reward = rewardText(state, next.tokens);
  const text = `At ${lengthText(kind, next.at)}${reward ? `: ${reward}` : ""}`;
  return [
    bar(count / next.at, `${label}: ${count} of ${next.at}`),
    h("p", { class: "small muted" }, text),
  ];
}
