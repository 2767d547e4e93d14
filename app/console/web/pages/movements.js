/**
 * A buddy's ledger, grouped by what caused it: one head line an event with its sum and the way to
 * its explanation, one line a movement with both sides of the transfer.
 */

import { get } from "../api.js";
import { h } from "../dom.js";
import { number } from "../format.js";
import { amount, busy, nothing, panel, shortId, time, to } from "../parts.js";
import { link } from "../router.js";

const COLUMNS = ["What happened", "Amount", "Taken from → given to", "Balance after", "Time"];

/** The panel. */
export async function movements(user, buddy, signal) {
  const load = (cursor) => get(`/buddies/${buddy.buddy_id}/ledger`, { cursor, limit: 100 }, signal);
  const [first, log] = await Promise.all([
    load(null),
    get("/events", { user_id: user.user_id, limit: 200 }, signal).catch(forbidden),
  ]);
  if (!first.data.length) return panel("", {}, nothing("No token has moved yet."));
  const types = new Map(log.data.map((event) => [event.event_id, event.type]));
  const bodies = (entries) => grouped(entries).map((group) => body(group, user.user_id, types));
  const heads = COLUMNS.map((label, index) =>
    h("th", { scope: "col", class: [1, 3].includes(index) ? "number" : "" }, label),
  );
  const shown = h("table.grouped", {}, h("thead", {}, h("tr", {}, heads)), bodies(first.data));
  const wrap = h(
    "div.table-wrap",
    { tabindex: "0", role: "region", "aria-label": "Movements of tokens" },
    shown,
  );
  return panel(
    "",
    {},
    wrap,
    first.next_cursor &&
      older(first.next_cursor, load, (entries) => shown.append(...bodies(entries))),
  );
}

function forbidden(error) {
  if (error.status === 403) return { data: [] };
  throw error;
}

function older(cursor, load, add) {
  const button = h("button.quiet", {}, "Show older");
  button.addEventListener("click", () =>
    busy(button, async () => {
      const next = await load(cursor);
      add(next.data);
      cursor = next.next_cursor;
      if (!cursor) button.remove();
    }),
  );
  return h("div.more", {}, button);
}

/** Neighbours of one event belong together, in the order in which they happened; what was done by hand stands alone. */
function grouped(entries) {
  const groups = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (entry.event_id && last?.[0].event_id === entry.event_id) last.unshift(entry);
    else groups.push([entry]);
  }
  return groups;
}

function body(group, userId, types) {
  const [{ event_id: eventId, created_at: createdAt }] = group;
  const lines = group.map((entry) => line(entry, userId));
  if (!eventId) return h("tbody", {}, lines);
  const why = h(
    "a.row-link",
    { href: link(["events", eventId]) },
    h("strong", {}, types.get(eventId) ?? "event"),
    " ",
    h("span.why", {}, "Why?"),
  );
  const head = h(
    "tr.linked.head",
    {},
    h("td", {}, why),
    h("td.number", {}, sums(group)),
    h("td", {}, shortId(eventId)),
    h("td"),
    h("td.quiet", {}, time(createdAt)),
  );
  return h("tbody", {}, head, lines);
}

function sums(group) {
  const byToken = new Map();
  for (const entry of group)
    byToken.set(entry.token, (byToken.get(entry.token) ?? 0) + value(entry));
  return [...byToken].map(([token, all]) => [" ", amount(all, token)]);
}

const value = (entry) => (entry.direction === "spend" ? -entry.amount : entry.amount);

function line(entry, userId) {
  const account = to("ledger", entry.source, { source: entry.source, token: entry.token });
  const sides = entry.direction === "spend" ? [userId, " → ", account] : [account, " → ", userId];
  const by = entry.event_id
    ? entry.reason
    : [entry.reason, " ", h("span.note", {}, entry.reference_id ?? "by hand")];
  return h(
    "tr.part",
    {},
    h("td", {}, by),
    h("td.number", {}, amount(value(entry), entry.token, { isLucky: entry.is_lucky })),
    h("td", {}, h("span.transfer", {}, sides)),
    h("td.number", {}, number(entry.balance)),
    h("td.quiet", {}, !entry.event_id && time(entry.created_at)),
  );
}
