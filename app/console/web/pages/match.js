/** A match: everything that happened to it, its result, and what it did for each player. */

import { get } from "../api.js";
import { effectChips } from "../effects.js";
import { h } from "../dom.js";
import { count } from "../format.js";
import { jsonText } from "../json.js";
import { code, facts, nothing, page, panel, shortId, status, table, time, to } from "../parts.js";

/** The page. */
export async function match({ names, signal }) {
  const found = await get(`/matches/${encodeURIComponent(names.id)}`, {}, signal);
  const content = page(
    ["Match ", shortId(found.match_id), " ", status(found.status)],
    { crumb: [to("matches", "Matches"), " / ", code(found.match_id)] },
    facts([
      ["Mode", found.mode],
      ["Map", found.map],
      ["Provider", found.provider],
      ["App", found.app_id],
      ["Region", found.region],
      ["Room", found.room_id && code(found.room_id)],
      ["Process", found.process_id && shortId(found.process_id)],
      ["Ordered", time(found.created_at)],
      ["Claimed", found.claimed_at && time(found.claimed_at)],
      ["Reported", found.reported_at && time(found.reported_at)],
    ]),
    h("div.columns", {}, history(found.history), roster(found)),
    effects(found),
    panel(
      "The result as it was reported",
      {},
      found.result ? jsonText(found.result) : nothing("Nothing was reported yet."),
    ),
  );
  return { title: `Match ${found.match_id}`, content };
}

function history(entries) {
  const steps = entries.map((entry) =>
    h(
      "li",
      {},
      status(entry.status),
      h("div", {}, h("p", {}, entry.why), h("p.note", {}, entry.who, " · ", time(entry.at))),
    ),
  );
  return panel(
    "History",
    { note: count(entries.length, "entry", "entries") },
    h("ol.history", {}, steps),
  );
}

function roster(found) {
  if (found.open)
    return panel("Roster", {}, nothing("An open match: whoever was there is in the result."));
  return panel(
    "Roster",
    { note: count(found.roster.length, "player") },
    h(
      "ul.plain",
      {},
      found.roster.map((id) => h("li", {}, to(["players", id], id))),
    ),
  );
}

function effects(found) {
  const columns = [
    { label: "Player", cell: (line) => to(["players", line.user_id], line.user_id) },
    { label: "What the match did", cell: (line) => effectChips(line.effects) },
    {
      label: "Why",
      cell: (line) =>
        line.event_ids.map((id, index) => [
          index > 0 && " ",
          to(["events", id], `event ${index + 1}`),
        ]),
    },
  ];
  return panel(
    "What it did for each player",
    {},
    table(columns, found.players ?? [], {
      label: "Effects",
      empty: nothing("It has not counted for anybody."),
    }),
  );
}
