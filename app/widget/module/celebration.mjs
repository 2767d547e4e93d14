/** The moment when something was won: a card above the page, one after the other, and confetti. */

import { fill, h } from "./dom.mjs";
import { icon, medal } from "./icons.mjs";
import { refusalText } from "./text.mjs";

const SHOWN_MS = 7_000;
const TOLD_MS = 6_000;
const PIECES = 70;
const COLOURS = ["#6b46d6", "#f0b93f", "#ef6f6c", "#35b58a", "#4aa3ff", "#ff9ad5"];

export const CELEBRATION_CSS = `
.layer {
  position: fixed; inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; margin: 0;
  padding: 0; border: 0; background: none; overflow: hidden; pointer-events: none;
}
.layer:not(:popover-open) { display: none; }
.prize {
  position: absolute; top: max(28px, 9vh); left: 50%; translate: -50% 0; width: min(340px, calc(100vw - 32px));
  padding: 26px 22px 22px; border-radius: calc(var(--radius) + 6px); text-align: center; pointer-events: auto;
  background: var(--bg); border: 1px solid var(--line);
  box-shadow: 0 10px 30px rgb(30 16 60 / 18%), 0 30px 80px rgb(30 16 60 / 24%);
  animation: arrive .55s cubic-bezier(.2, 1.3, .4, 1) both;
}
@keyframes arrive { from { opacity: 0; scale: .8; translate: -50% -24px; } }
.prize .glow { position: absolute; inset: 0; border-radius: inherit; background: radial-gradient(circle at 50% 74px, color-mix(in srgb, var(--gold) 34%, transparent), transparent 58%); }
.prize > :not(.glow) { position: relative; }
.prize .medal { width: 92px; height: 108px; animation: swing 1.1s .25s cubic-bezier(.3, 1.4, .5, 1) both; transform-origin: 50% 0; }
@keyframes swing { from { rotate: -28deg; } 45% { rotate: 12deg; } 75% { rotate: -4deg; } }
.medal .ribbon { fill: hsl(var(--hue) 62% 52%); }
.medal .rim { fill: #e0a526; }
.medal .face { fill: #ffd768; }
.medal .glyph { fill: #c27f0a; }
.prize img { width: 150px; height: 150px; object-fit: contain; display: block; margin: 0 auto 6px; }
.prize .kicker { font-size: 13px; font-weight: 620; color: var(--accent); margin: 8px 0 2px; }
.prize .title { font-size: 21px; font-weight: 740; letter-spacing: -.02em; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
.prize .text { margin: 6px 0 0; color: var(--muted); font-size: 14px; }
.prize .close {
  position: absolute; top: 10px; right: 10px; width: 36px; height: 36px; border: 0; border-radius: 50%;
  display: grid; place-items: center; background: none; color: var(--muted); cursor: pointer; font-size: 16px;
}
.prize .close:hover { background: var(--raised); }
.close:focus-visible { outline: 2px solid var(--accent); }
.icon { width: 1em; height: 1em; display: block; }
.told {
  position: absolute; bottom: 24px; left: 50%; translate: -50% 0; padding: 12px 18px; pointer-events: auto;
  border-radius: 12px; background: var(--text); color: var(--bg); font-weight: 550; font-size: 14px;
  box-shadow: 0 8px 30px rgb(30 16 60 / 30%); max-width: calc(100vw - 32px); animation: rise .25s both;
}
.notice {
  display: flex; align-items: center; gap: 8px; padding: 9px 15px; border-radius: 99px; pointer-events: none;
  background: var(--bg); color: var(--text); border: 1px solid var(--line);
}
.notice .icon { color: var(--warm); font-size: 18px; }
@keyframes rise { from { opacity: 0; translate: -50% 12px; } }
.piece { position: absolute; top: 130px; left: 50%; width: 9px; height: 14px; border-radius: 2px; }
@media (prefers-reduced-motion: reduce) { .prize, .prize .medal, .told { animation: none; } }
`;

export class Celebration {
  #layer;
  #live;
  #waiting = [];
  #shown = null;
  #told = null;
  #notice = null;
  #timers = {};

  /** Shows itself in `layer`, a popover, and says the same in `live`, which is never hidden. */
  constructor(layer, live) {
    this.#layer = layer;
    this.#live = live;
    this.#render();
  }

  badge(badge) {
    const text = badge.description;
    this.#push({ kicker: "New badge", title: badge.label, text, art: medal(badge.badge_key, true) });
  }

  stage(buddy, source) {
    const art = source ? h("img", { src: source, alt: "" }) : medal(buddy.id, true);
    const title = `${buddy.name} is now a ${buddy.stage_label}`;
    this.#push({ kicker: "Your buddy has grown", title, text: "", art });
  }

  /** Say something for as long as it is so; null ends it. */
  notice(text) {
    if (text === this.#notice) return;
    this.#notice = text;
    this.#render();
  }

  /** Say why a change was taken back. */
  tell(fault) {
    this.#told = refusalText(fault);
    clearTimeout(this.#timers.told);
    this.#timers.told = setTimeout(() => {
      this.#told = null;
      this.#render();
    }, TOLD_MS);
    this.#render();
  }

  /** Close what is shown; the next one comes. */
  close = () => {
    clearTimeout(this.#timers.shown);
    this.#shown = this.#waiting.shift() ?? null;
    this.#render();
    if (!this.#shown) return;
    this.#timers.shown = setTimeout(this.close, SHOWN_MS);
    this.#scatter();
  };

  #push(news) {
    this.#waiting.push(news);
    if (!this.#shown) this.close();
  }

  #render() {
    const [shown, told, notice] = [this.#shown, this.#told, this.#notice];
    const news = shown && `${shown.kicker}: ${shown.title}. ${shown.text}`;
    fill(this.#live, [
      h("p", { role: "status" }, news ?? notice),
      h("p", { role: "alert" }, told),
    ]);
    fill(this.#layer, [
      shown && card(shown, this.close),
      told && h("div", { key: "told", class: "told", "aria-hidden": "true" }, told),
      notice && !told && h("div", { key: "notice", class: "told notice", "aria-hidden": "true" },
        icon("cloud"), notice),
    ]);
    if (this.#layer.isConnected) this.#layer.togglePopover(Boolean(shown || told || notice));
  }

  #scatter() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (let index = 0; index < PIECES; index += 1) throwPiece(this.#layer, index);
  }
}

function card({ kicker, title, text, art }, close) {
  const leave = (event) => event.key === "Escape" && close();
  return h(
    "div",
    { key: `prize ${title}`, class: "prize", role: "group", "aria-label": kicker, onkeydown: leave },
    h("div", { class: "glow" }),
    art,
    h("p", { class: "kicker" }, kicker),
    h("p", { class: "title" }, title),
    text && h("p", { class: "text" }, text),
    h("button", { class: "close", "aria-label": "Close", onclick: close }, icon("close")),
  );
}

function throwPiece(layer, index) {
  const piece = document.createElement("i");
  piece.className = "piece";
  piece.style.background = COLOURS[index % COLOURS.length];
  layer.append(piece);
  const angle = Math.PI * (1.05 + 0.9 * Math.random());
  const force = 160 + 260 * Math.random();
  const [x, y] = [Math.cos(angle) * force * 1.3, Math.sin(angle) * force * 0.6];
  const turn = 720 * (Math.random() - 0.5);
  const flight = piece.animate(
    [
      { transform: "translate(0, 0)", opacity: 1 },
      { transform: `translate(${x}px, ${y}px) rotate(${turn}deg)`, offset: 0.28, easing: "ease-in" },
      { opacity: 1, offset: 0.7 },
      { transform: `translate(${x * 1.25}px, ${y + 620}px) rotate(${turn * 3}deg)`, opacity: 0 },
    ],
    { duration: 1_900 + 1_200 * Math.random(), easing: "cubic-bezier(.1, .8, .4, 1)" },
  );
  flight.onfinish = () => piece.remove();
}
