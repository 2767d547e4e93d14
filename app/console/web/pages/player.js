/** A player: buddies, and for the chosen one what came in and went out, events, and standing. */

import { get } from "../api.js";
import { effectChips } from "../effects.js";
import { h } from "../dom.js";
import { number } from "../format.js";
import {
  chip,
  facts,
  feed,
  nothing,
  page,
  panel,
  shortId,
  stat,
  status,
  tabs,
  time,
} from "../parts.js";
import { link } from "../router.js";
import { movements } from "./movements.js";
import { standing } from "./standing.js";

const TABS = [
  ["tokens", "Tokens"],
  ["events", "Events"],
  ["standing", "Standing"],
];

/** The page. The address names the player, and by its query the buddy and the tab. */
export async function player({ names, query, signal }) {
  const user = await get(`/users/${encodeURIComponent(names.id)}/summary`, {}, signal);
  const buddy =
    user.buddies.find((each) => each.buddy_id === query.buddy) ??
    user.buddies.find((each) => each.status === "active") ??
    user.buddies[0];
  const tab = TABS.some(([key]) => key === query.tab) ? query.tab : "tokens";
  const href = (changes) => link(["players", user.user_id], { ...query, ...changes });
  const head = { crumb: h("a", { href: "#/players" }, "Players"), note: user.display_name };
  const content = page(
    user.user_id,
    head,
    user.time_zone && facts([["Time zone", user.time_zone]]),
    buddy ? cards(user.buddies, buddy, href) : nothing("This player has no buddy yet."),
    buddy && balances(buddy),
    buddy && tabs("About this buddy", TABS, tab, (key) => href({ tab: key })),
    buddy && (await shown(tab, user, buddy, signal)),
  );
  return { title: user.user_id, content };
}

function cards(buddies, chosen, href) {
  const card = (buddy) =>
    h(
      "a.buddy-card",
      { href: href({ buddy: buddy.buddy_id }), "aria-current": buddy === chosen ? "true" : null },
      buddy.thumb_url
        ? h("img", { src: buddy.thumb_url, alt: "", width: 64, height: 64 })
        : h("i.egg"),
      h(
        "span",
        {},
        h("strong", {}, buddy.name),
        h("span.note", {}, `Stage ${buddy.evolution_stage} · ${buddy.audience}`),
        buddy.status === "archived" && status("archived"),
      ),
    );
  return h("div.buddy-cards", {}, buddies.map(card));
}

function balances(buddy) {
  const card = (token) =>
    stat(
      token.label,
      number(token.balance),
      `${number(token.lifetime_earned)} earned · ${number(token.lifetime_spent)} spent`,
    );
  const streaks = buddy.streaks
    .filter((streak) => streak.count > 0)
    .map((streak) => stat(streak.label, number(streak.count), `${streak.kind} streak`));
  const badges = stat(
    "Badges",
    number(buddy.badges.length),
    buddy.badges.slice(-1).map((badge) => `last: ${badge.label}`),
  );
  return h("div.stats", {}, buddy.tokens.all.map(card), badges, streaks);
}

async function shown(tab, user, buddy, signal) {
  if (tab === "standing") return standing(buddy, signal);
  if (tab === "events") return events(user, signal);
  return movements(user, buddy, signal);
}

async function events(user, signal) {
  const columns = [
    { label: "Event", cell: (event) => event.type },
    { label: "What it did", cell: (event) => effectChips(event.effects) },
    { label: "Audience", kind: "quiet", cell: (event) => event.audience && chip(event.audience) },
    { label: "Time", kind: "quiet", cell: (event) => time(event.received_at) },
    { label: "Id", kind: "quiet", cell: (event) => shortId(event.event_id) },
  ];
  const load = (cursor) => get("/events", { user_id: user.user_id, cursor }, signal);
  return panel(
    "",
    {},
    await feed(columns, load, {
      href: (event) => link(["events", event.event_id]),
      label: "Events of this player",
      empty: nothing("No events yet."),
    }),
  );
}
