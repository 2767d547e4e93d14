/** What the module does when it is loaded: it makes the elements known. */

import { ClutchBadges } from "./badges.mjs";
import { ClutchBuddy } from "./buddy.mjs";
import { ClutchLeaderboard } from "./leaderboard.mjs";
import { ClutchMarketplace } from "./marketplace.mjs";
import { ClutchPath } from "./path.mjs";
import { ClutchRoot } from "./root.mjs";
import { ClutchStreak } from "./streak.mjs";
import { ClutchTokens } from "./tokens.mjs";

const ELEMENTS = {
  root: ClutchRoot,
  buddy: ClutchBuddy,
  badges: ClutchBadges,
  streak: ClutchStreak,
  tokens: ClutchTokens,
  marketplace: ClutchMarketplace,
  leaderboard: ClutchLeaderboard,
  path: ClutchPath,
};

for (const [name, kind] of Object.entries(ELEMENTS)) {
  if (!customElements.get(`clutch-${name}`)) customElements.define(`clutch-${name}`, kind);
}
