/** A path: what is done, what comes next, and what it gives. */

import { h } from "./dom.mjs";
import { ClutchElement, nothing } from "./element.mjs";
import { icon } from "./icons.mjs";
import { rewardText } from "./text.mjs";

const CSS = `
.of { margin: -12px 0 14px; }
ol.steps > li {
  display: grid; grid-template-columns: 32px 1fr; gap: 12px; position: relative; padding-bottom: 18px;
}
ol.steps > li:last-child { padding-bottom: 0; }
ol.steps > li:not(:last-child)::before {
  content: ""; position: absolute; left: 15px; top: 30px; bottom: 0; width: 2px; background: var(--line);
}
ol.steps > li.completed:not(:last-child)::before { background: var(--path); }
.dot {
  width: 32px; height: 32px; border-radius: 50%; display: grid; place-items: center; font-size: 15px;
  font-weight: 680; background: var(--raised); color: var(--muted); position: relative;
}
.completed > .dot { background: var(--path); color: var(--bg); }
.available > .dot {
  background: var(--bg); color: var(--path); box-shadow: inset 0 0 0 2px var(--path),
    0 0 0 4px color-mix(in srgb, var(--path) 20%, transparent);
}
.label { font-weight: 620; padding-top: 5px; display: flex; flex-wrap: wrap; gap: 3px 8px; align-items: center; }
.locked .label { color: var(--muted); font-weight: 500; }
.parts { display: grid; gap: 7px; margin-top: 9px; }
.parts li { display: flex; align-items: center; gap: 8px; }
.parts .tick { width: 18px; height: 18px; border-radius: 50%; flex: none; display: grid; place-items: center; font-size: 11px; box-shadow: inset 0 0 0 2px var(--line); color: transparent; }
.parts .completed .tick { background: var(--path); box-shadow: none; color: var(--bg); }
.parts .what { flex: 1; }
.parts .completed .what { color: var(--muted); }
.parts .button { min-height: 28px; padding: 6px 10px; font-size: 12px; }
@container (min-width: 420px) {
  .zigzag > li:nth-child(even) { margin-left: 28px; }
  .zigzag > li:not(:last-child)::before { display: none; }
}
`;
const WORDS = { completed: "done", available: "open now", locked: "locked" };

export class ClutchPath extends ClutchElement {
  static css = CSS;
  static title = "Path";
  static bones = [32, 32, 32];
  static observedAttributes = ["heading", "path"];

  view(state) {
    const wanted = this.getAttribute("path");
    const path = state.paths.find((each) => (wanted ? each.key === wanted : each.is_active));
    if (!path) return nothing("star", "No path is open right now.");
    const done = path.steps.filter((step) => step.state === "completed").length;
    const of = path.is_completed ? "Complete" : `${done} of ${path.steps.length} steps`;
    const style = { "--path": path.accent ?? "var(--accent)" };
    return [
      h("p", { class: "of small muted" }, `${path.label} · ${of}`),
      h(
        "ol",
        { class: `steps ${path.display_mode}`, style },
        path.steps.map((step, index) => row(state, step, index)),
      ),
    ];
  }
}

function row(state, step, index) {
  const reward = rewardText(state, step.tokens);
  const isNow = step.state === "available";
  return h(
    "li",
    { key: step.key, class: step.state, "aria-current": isNow && "step" },
    h("span", { class: "dot", "aria-hidden": "true" }, mark(step, index)),
    h(
      "div",
      {},
      h(
        "div",
        { class: "label" },
        step.label,
        h("span", { class: "hidden" }, `(${WORDS[step.state]})`),
        reward && h("span", { class: step.state === "completed" ? "chip good" : "chip" }, reward),
      ),
      step.description && h("p", { class: "small muted" }, step.description),
      step.state !== "locked" && step.sub_steps.length > 0 && parts(step.sub_steps),
    ),
  );
}

function mark(step, index) {
  if (step.state === "completed") return icon("check");
  return step.state === "locked" ? icon("lock") : String(index + 1);
}

function parts(steps) {
  return h(
    "ul",
    { class: "parts" },
    steps.map((part) =>
      h(
        "li",
        { key: part.key, class: `${part.state} small` },
        h("span", { class: "tick" }, icon("check")),
        h("span", { class: "what" }, part.label),
        part.state === "available" && link(part),
      ),
    ),
  );
}

function link({ content_url: target, cta_label: text }) {
  if (!target) return null;
  const to = new URL(target, location.href);
  if (to.protocol !== "https:" && to.protocol !== "http:") return null;
  return h("a", { class: "button", href: to.href, target: "_blank", rel: "noopener" }, text ?? "Open");
}
