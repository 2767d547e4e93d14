/**
 * How everything looks. Pages set `--hw-…`; what they leave alone has a light and a dark value, by
 * the `color-scheme` of the page or by the attribute `theme`.
 */

const TOKENS = `
.hw {
  --bg: var(--hw-bg, light-dark(#fffdf9, #1c1a20));
  --raised: var(--hw-surface, light-dark(#f7f3ec, #27242d));
  --text: var(--hw-text, light-dark(#25202b, #f3eff7));
  --muted: var(--hw-text-muted, light-dark(#6d6675, #a9a1b3));
  --line: var(--hw-border, light-dark(#e9e2d8, #38343f));
  --accent: var(--hw-accent, light-dark(#6b46d6, #a78bfa));
  --on-accent: var(--hw-on-accent, light-dark(#ffffff, #1c1430));
  --good: var(--hw-success, light-dark(#1d7f55, #5fd3a0));
  --warm: var(--hw-warning, light-dark(#c2570c, #ff9d57));
  --bad: var(--hw-danger, light-dark(#b3261e, #ff8f86));
  --gold: var(--hw-gold, light-dark(#d89a17, #f0b93f));
  --radius: var(--hw-radius, 16px);
  --shadow: var(--hw-shadow, 0 1px 2px rgb(40 28 60 / 6%), 0 6px 20px rgb(40 28 60 / 6%));
  --font: var(--hw-font, Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto,
    "Helvetica Neue", "Noto Sans", sans-serif);
  color: var(--text);
  font: 400 15px/1.45 var(--font);
  -webkit-font-smoothing: antialiased;
}
.hw[data-theme="light"] { color-scheme: light; }
.hw[data-theme="dark"] { color-scheme: dark; }
.hw[data-theme="auto"] { color-scheme: light dark; }
.hw *, .hw *::before { box-sizing: border-box; }
`;

const CARD = `
:host { display: block; container-type: inline-size; }
:host([hidden]) { display: none; }
.card {
  background: var(--bg); border: 1px solid var(--line); border-radius: var(--radius);
  box-shadow: var(--shadow); padding: 18px; min-height: 64px;
}
header { display: flex; align-items: center; gap: 8px; margin: 0 0 14px; min-height: 24px; }
h3 { margin: 0; font-size: 15px; font-weight: 650; letter-spacing: -.01em; flex: 1; }
h4, p, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
.icon { width: 1em; height: 1em; flex: none; display: inline-block; vertical-align: -.125em; }
.muted { color: var(--muted); }
.small { font-size: 13px; line-height: 1.4; }
.chip {
  display: inline-flex; align-items: center; gap: 5px; padding: 2px 9px; border-radius: 99px;
  background: var(--raised); color: var(--muted); font-size: 12px; font-weight: 550;
  white-space: nowrap; line-height: 1.6; font-variant-numeric: tabular-nums;
}
.chip.good { color: var(--good); background: color-mix(in srgb, var(--good) 13%, var(--bg)); }
.chip.warm { color: var(--warm); background: color-mix(in srgb, var(--warm) 13%, var(--bg)); }
.bar { height: 8px; border-radius: 99px; background: var(--raised); overflow: hidden; }
.bar > i {
  display: block; height: 100%; min-width: 8px; border-radius: 99px; background: var(--accent);
  width: calc(var(--share) * 100%); transition: width .5s cubic-bezier(.2, .8, .2, 1);
}
.bar.empty > i { min-width: 0; }
button, .button {
  font: 600 13px/1 var(--font); color: var(--accent); border-radius: 10px; cursor: pointer;
  border: 1px solid transparent; padding: 9px 12px; min-height: 36px; text-decoration: none;
  background: color-mix(in srgb, var(--accent) 12%, var(--bg)); transition: filter .15s, background .15s;
}
button:hover:not(:disabled), .button:hover {
  background: color-mix(in srgb, var(--accent) 20%, var(--bg));
}
button.main { background: var(--accent); color: var(--on-accent); }
button.main:hover:not(:disabled) { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
button:disabled { cursor: default; color: var(--muted); background: color-mix(in srgb, var(--muted) 14%, var(--bg)); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.state { display: grid; justify-items: center; gap: 10px; padding: 14px 8px; text-align: center; }
.state .icon { font-size: 30px; color: var(--muted); opacity: .7; }
.bone + .bone { margin-top: 10px; }
.bone { border-radius: 10px; background: var(--raised); animation: breathe 1.4s ease-in-out infinite alternate; }
@keyframes breathe { to { opacity: .45; } }
.hidden {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
@media (prefers-reduced-motion: reduce) {
  *, *::before { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  .card, .bar { border: 1px solid CanvasText; }
  .bar > i { background: Highlight; }
}
`;

const sheets = new Map();

/** The sheet of a text; elements of a kind share one. No page's policy stands in its way. */
export function sheet(text) {
  if (!sheets.has(text)) {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    sheets.set(text, made);
  }
  return sheets.get(text);
}

export const LAYER_SHEETS = () => [sheet(TOKENS)];
export const CARD_SHEETS = () => [sheet(TOKENS), sheet(CARD)];
