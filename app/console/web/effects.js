/** What an event did, in a line. */

import { h } from "./dom.js";
import { amount, chip } from "./parts.js";

/** `["coins:30", "xp:5"]` as pairs; a token's key may not hold a colon. */
export const moved = (effects) =>
  effects.tokens.map((text) => [
    text.slice(0, text.lastIndexOf(":")),
    Number(text.slice(text.lastIndexOf(":") + 1)),
  ]);

/** Every effect as an amount or a chip. */
export function effectChips(effects) {
  const chips = [
    ...moved(effects).map(([token, value]) => amount(value, token)),
    ...effects.badges_awarded.map((key) => chip(`badge ${key}`, "accent")),
    ...effects.badges_ready.map((key) => chip(`badge ${key} ready`)),
    ...effects.streak_updates.map(({ key, count }) => chip(`${key} ${count}`)),
    ...effects.streak_milestones.map((days) => chip(`milestone ${days}`, "accent")),
    ...effects.path_updates.map((update) =>
      chip(`step ${update.step_key ?? update.path_key ?? ""}`),
    ),
    effects.evolution_ready && chip("evolves", "accent"),
  ].filter(Boolean);
  return h("span.effects", {}, chips.length ? chips : h("span.quiet", {}, "nothing"));
}
