/** Every match. */

import { get } from "../api.js";
import { number } from "../format.js";
import { filters, nothing, page, pager, shortId, status, table, time } from "../parts.js";
import { link, requery } from "../router.js";

const STATUSES = [
  "allocating",
  "waiting",
  "live",
  "reported",
  "pending_verification",
  "applied",
  "abandoned",
  "rejected",
  "voided",
];

/** The page. */
export async function matches({ query, signal }) {
  const found = await get("/matches", { status: query.status, page: query.page }, signal);
  const columns = [
    { label: "Match", cell: (match) => shortId(match.match_id) },
    { label: "Status", cell: (match) => status(match.status) },
    { label: "Mode", cell: (match) => [match.mode, match.map].filter(Boolean).join(" · ") || "–" },
    {
      label: "Players",
      kind: "number",
      cell: (match) => (match.open ? "open" : number(match.roster.length)),
    },
    { label: "Where", kind: "quiet", cell: (match) => match.region ?? match.provider },
    { label: "Ordered", kind: "quiet", cell: (match) => time(match.created_at) },
    {
      label: "Last change",
      kind: "quiet",
      cell: (match) => time(match.updated_at, { isRelative: true }),
    },
  ];
  const options = [["", "Any"], ...STATUSES.map((name) => [name, name.replaceAll("_", " ")])];
  const content = page(
    "Matches",
    { note: "What was ordered, what was played, and what was believed." },
    filters([{ name: "status", label: "Status", value: query.status, options }], (name, value) =>
      requery({ [name]: value, page: null }),
    ),
    table(columns, found.data, {
      href: (match) => link(["matches", match.match_id]),
      label: "Matches",
      empty: nothing("No match here."),
    }),
    pager(found.meta, (to) => requery({ page: to })),
  );
  return { title: "Matches", content };
}
