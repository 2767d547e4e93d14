/** The live log. It shows the newest at once, then follows the log forward. */

import { get } from "../api.js";
import { effectChips } from "../effects.js";
import { fill, h } from "../dom.js";
import { count } from "../format.js";
import { follow } from "../live.js";
import { filters, nothing, page, shortId, table, tableRow, time, to } from "../parts.js";
import { link, requery } from "../router.js";

const SHOWN_MAX = 500;
const COLUMNS = [
  { label: "Event", cell: (event) => event.type },
  { label: "Player", cell: (event) => to(["players", event.user_id], event.user_id) },
  { label: "What it did", cell: (event) => effectChips(event.effects) },
  { label: "Time", kind: "quiet", cell: (event) => time(event.received_at) },
  { label: "Id", kind: "quiet", cell: (event) => shortId(event.event_id) },
];
const href = (event) => link(["events", event.event_id]);

/** The page; it stops following when it is left. */
export async function events({ query, signal }) {
  const wanted = { user_id: query.user_id, type: query.type, audience: query.audience };
  const first = await get("/events", wanted, signal);
  const place = h("div", {});
  const live = h("button.live", { "aria-pressed": "true" }, h("i"), "Live");
  const note = h("span.note", { role: "status" });
  const known = new Set(first.data.map((event) => event.event_id));
  fill(place, log(first.data, Object.values(wanted).some(Boolean)));
  const add = (found) => {
    const fresh = found.filter((event) => !known.has(event.event_id));
    fresh.forEach((event) => known.add(event.event_id));
    if (fresh.length) prepend(place, fresh);
  };
  const following = follow(wanted, first.next_cursor, {
    signal,
    add,
    tell: (text) => fill(note, text),
  });
  live.addEventListener("click", () => {
    const isOn = following.toggle();
    live.setAttribute("aria-pressed", String(isOn));
    fill(live, h("i"), isOn ? "Live" : "Paused");
  });
  const fields = [
    { name: "user_id", label: "Player", value: query.user_id, placeholder: "whole id" },
    { name: "type", label: "Type", value: query.type, placeholder: "match_won" },
    { name: "audience", label: "Audience", value: query.audience, placeholder: "any" },
  ];
  const form = filters(fields, (name, value) => requery({ [name]: value }));
  const content = page(
    "Live events",
    {
      note: "Everything your players did, newest first. Open one to see why it did what it did.",
      actions: [note, live],
    },
    form,
    place,
  );
  return { title: "Live events", content };
}

function log(rows, isFiltered) {
  const empty = isFiltered
    ? nothing("No event fits these filters.", "A player's id and a type have to be written whole.")
    : nothing(
        "No events yet.",
        "Send one to POST /api/v1/events, and it appears here within three seconds.",
      );
  return table(COLUMNS, rows, { href, label: "Events", empty });
}

function prepend(place, fresh) {
  const body = place.querySelector("tbody");
  if (!body) return fill(place, log([...fresh].reverse(), false));
  for (const event of fresh) {
    const row = tableRow(COLUMNS, event, href);
    row.classList.add("fresh");
    body.prepend(row);
  }
  while (body.childElementCount > SHOWN_MAX) body.lastElementChild.remove();
  document.querySelector(".shell")?.setAttribute("data-new", count(fresh.length, "event"));
}
