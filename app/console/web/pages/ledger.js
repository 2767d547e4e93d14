/** The ledger: the accounts on the other side, and every movement of every player. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { number } from "../format.js";
import {
  amount,
  chip,
  code,
  feed,
  filters,
  nothing,
  page,
  panel,
  table,
  time,
  to,
} from "../parts.js";
import { link, requery } from "../router.js";

const DAYS = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"],
];

/** The page. Its query narrows the movements to a counter-account and a token. */
export async function ledger({ query, signal }) {
  const days = query.days ?? "30";
  const from = new Date(Date.now() - Number(days) * 86_400_000).toISOString();
  const [accounts, movements] = await Promise.all([
    query.source ? null : get("/analytics/economy-summary", { from }, signal).catch(forbidden),
    everyMovement(query, signal),
  ]);
  const fields = [
    {
      name: "source",
      label: "Counter-account",
      value: query.source,
      placeholder: "rule:win-coins",
    },
    { name: "token", label: "Token", value: query.token, placeholder: "coins" },
    { name: "days", label: "Sums of", value: days, options: DAYS },
  ];
  const title = query.source ? `Ledger of ${query.source}` : "Ledger";
  const content = page(
    title,
    {
      crumb: query.source && to("ledger", "Ledger"),
      note: "Every token comes from an account and goes to one: a rule, a badge, an item, or a person's hand on one side, a player on the other.",
    },
    filters(fields, (name, value) => requery({ [name]: value })),
    accounts?.tokens.map((token) => counterAccounts(token, days)),
    panel("Movements", {}, movements),
  );
  return { title, content };
}

function forbidden(error) {
  if (error.status === 403) return null;
  throw error;
}

function counterAccounts(token, days) {
  const most = Math.max(...token.sources.map((flow) => Math.max(flow.earned, flow.spent)));
  const columns = [
    { label: "Counter-account", cell: (flow) => flow.source },
    {
      label: "Gave to players",
      kind: "number",
      cell: (flow) => flow.earned > 0 && amount(flow.earned),
    },
    {
      label: "Took from players",
      kind: "number",
      cell: (flow) => flow.spent > 0 && amount(-flow.spent),
    },
    {
      label: "Share",
      cell: (flow) =>
        h(`progress.${flow.earned >= flow.spent ? "in" : "out"}`, {
          max: most,
          value: String(Math.max(flow.earned, flow.spent)),
          "aria-label": "share",
        }),
    },
    { label: "Movements", kind: "number", cell: (flow) => number(flow.transfers) },
  ];
  const rows = [...token.sources].sort(
    (one, other) => other.earned + other.spent - one.earned - one.spent,
  );
  const note = `${days} days: ${number(token.earned)} given, ${number(token.spent)} taken, ${number(token.net)} more in players' hands`;
  return panel(
    [token.token],
    { note },
    table(columns, rows, {
      href: (flow) => link("ledger", { source: flow.source, token: token.token }),
      label: `Counter-accounts of ${token.token}`,
    }),
  );
}

async function everyMovement(query, signal) {
  const columns = [
    { label: "Reason", cell: (entry) => entry.reason },
    {
      label: "Amount",
      kind: "number",
      cell: (entry) =>
        amount(entry.direction === "spend" ? -entry.amount : entry.amount, entry.token, {
          isLucky: entry.is_lucky,
        }),
    },
    { label: "Taken from → given to", cell: (entry) => sides(entry) },
    { label: "Balance after", kind: "number", cell: (entry) => number(entry.balance) },
    {
      label: "Cause",
      cell: (entry) =>
        entry.event_id ? chip("event") : chip(entry.reference_id ?? "by hand", "warn"),
    },
    { label: "Time", kind: "quiet", cell: (entry) => time(entry.created_at) },
  ];
  const load = (cursor) =>
    get("/ledger", { source: query.source, token: query.token, cursor }, signal);
  const href = (entry) =>
    entry.event_id
      ? link(["events", entry.event_id])
      : link(["players", entry.user_id], { buddy: entry.buddy_id });
  return feed(columns, load, {
    href,
    label: "Movements",
    empty: nothing("No token has moved yet."),
  });
}

function sides(entry) {
  const own = to(["players", entry.user_id], entry.user_id, { buddy: entry.buddy_id });
  return h(
    "span.transfer",
    {},
    entry.direction === "spend"
      ? [own, " → ", code(entry.source)]
      : [code(entry.source), " → ", own],
  );
}
