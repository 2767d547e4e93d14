/** The buddy itself: its picture, its name and how far it is to its next stage. */

import { h } from "./dom.mjs";
import { bar, ClutchElement } from "./element.mjs";
import { icon } from "./icons.mjs";
import { numberText, shareText } from "./text.mjs";

const CSS = `
.stage {
  position: relative; aspect-ratio: 1; border-radius: calc(var(--radius) - 4px); overflow: hidden;
  background: radial-gradient(circle at 50% 38%, color-mix(in srgb, var(--accent) 16%, var(--bg)), var(--raised) 72%);
  display: grid; place-items: center; margin-bottom: 14px; max-height: 320px; width: 100%;
}
.stage img { width: 100%; height: 100%; object-fit: contain; display: block; }
.stage .egg { font-size: 92px; color: color-mix(in srgb, var(--accent) 34%, var(--bg)); animation: rock 2.4s ease-in-out infinite; transform-origin: 50% 90%; }
@keyframes rock { 0%, 60%, 100% { rotate: 0deg; } 70%, 90% { rotate: -5deg; } 80% { rotate: 5deg; } }
.drawing { position: absolute; inset: auto 10px 10px auto; }
.name { display: flex; align-items: baseline; gap: 8px; }
.name strong { font-size: 19px; font-weight: 700; letter-spacing: -.015em; flex: 1; overflow-wrap: anywhere; }
.pips { display: flex; gap: 4px; margin: 10px 0 12px; }
.pips i { flex: 1; height: 5px; border-radius: 9px; background: var(--raised); }
.pips i.on { background: var(--gold); }
.next { display: flex; justify-content: space-between; gap: 8px; margin-bottom: 6px; }
@container (min-width: 460px) {
  .body { display: grid; grid-template-columns: minmax(150px, 38%) 1fr; gap: 18px; align-items: center; }
  .stage { margin: 0; }
}
`;

export class ClutchBuddy extends ClutchElement {
  static css = CSS;
  static bones = [240, 22, 14];
  static called = "Buddy";

  view({ buddy, evolution, tokens }) {
    const coins = tokens.primary;
    return h(
      "div",
      { class: "body" },
      this.#picture(buddy),
      h(
        "div",
        {},
        h(
          "div",
          { class: "name" },
          h("strong", {}, buddy.name),
          coins &&
            h(
              "span",
              { class: "chip", title: coins.label },
              icon("coin"),
              numberText(coins.balance),
              h("span", { class: "hidden" }, coins.label),
            ),
        ),
        h("p", { class: "muted small" }, whereItIs(buddy, evolution)),
        pips(evolution),
        ahead(buddy, evolution),
      ),
    );
  }

  #picture(buddy) {
    const source = this.connection.address(buddy.image_url);
    const text = `${buddy.name}, ${buddy.stage_label}`;
    const isDrawn = buddy.appearance === "pending";
    return h(
      "div",
      { class: "stage" },
      source ? h("img", { key: "img", src: source, alt: text }) : icon("egg", "egg"),
      isDrawn && h("span", { class: "chip drawing" }, source ? "Getting dressed …" : "Hatching …"),
    );
  }
}

function whereItIs(buddy, evolution) {
  const archived = buddy.status === "archived" ? " · retired" : "";
  return `${buddy.stage_label} · stage ${buddy.stage} of ${evolution.stages.length || 1}${archived}`;
}

function pips({ stages }) {
  if (stages.length < 2) return null;
  const marks = stages.map((each) => h("i", { class: each.is_reached ? "on" : "" }));
  return h("div", { class: "pips", "aria-hidden": "true" }, marks);
}

function ahead(buddy, evolution) {
  if (buddy.status === "archived") return null;
  if (!evolution.next_stage) return h("p", { class: "small muted" }, "Fully grown.");
  const label = evolution.is_ready
    ? `Ready to become ${evolution.next_label}`
    : `Next: ${evolution.next_label}`;
  return [
    h(
      "div",
      { class: "next small" },
      h("span", {}, label),
      h("span", { class: "muted" }, shareText(evolution.progress)),
    ),
    bar(evolution.progress, label),
  ];
}
