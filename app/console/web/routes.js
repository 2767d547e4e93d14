/** Every view, by the pattern of its address. */

import { delivery } from "./pages/delivery.js";
import { deliveries } from "./pages/deliveries.js";
import { economy } from "./pages/economy.js";
import { event } from "./pages/event.js";
import { events } from "./pages/events.js";
import { keys } from "./pages/keys.js";
import { ledger } from "./pages/ledger.js";
import { match } from "./pages/match.js";
import { matches } from "./pages/matches.js";
import { player } from "./pages/player.js";
import { players } from "./pages/players.js";
import { version } from "./pages/version.js";
import { versions } from "./pages/versions.js";

export const ROUTES = [
  ["/events", events],
  ["/events/:id", event],
  ["/players", players],
  ["/players/:id", player],
  ["/ledger", ledger],
  ["/economy", economy],
  ["/matches", matches],
  ["/matches/:id", match],
  ["/deliveries", deliveries],
  ["/deliveries/:id", delivery],
  ["/rules", versions],
  ["/rules/:id", version],
  ["/keys", keys],
];
