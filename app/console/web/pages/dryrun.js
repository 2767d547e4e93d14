/** A dry run: past events under these rules, beside what the rules of then give. Writes nothing. */

import { send } from "../api.js";
import { h } from "../dom.js";
import { count, number, signed } from "../format.js";
import { code, into, nothing, panel, stat, table, time, to } from "../parts.js";

const SPANS = [
  ["1", "The last day"],
  ["7", "The last 7 days"],
  ["30", "The last 30 days"],
];

/** The panel; it runs when it is asked to. */
export async function dryRun(found) {
  const place = h(
    "div",
    {},
    nothing(
      "Nothing was run yet.",
      "Both sides begin with fresh buddies and see the same events, so equal rules give equal totals. Nothing is written.",
    ),
  );
  const days = h(
    "select",
    { "aria-label": "Which events" },
    SPANS.map(([key, text]) => h("option", { value: key, selected: key === "7" }, text)),
  );
  const run = h("button.primary", {}, "Run");
  run.addEventListener("click", async () => {
    run.disabled = true;
    await into(place, async () =>
      shown(
        await send("POST", `/config-versions/${found.id}/dry-run`, { days: Number(days.value) }),
      ),
    );
    run.disabled = false;
  });
  return panel(
    "Dry run",
    { note: "What these rules would have paid for what really happened.", actions: [days, run] },
    place,
  );
}

function shown(result) {
  const head = h(
    "p.note",
    {},
    `${count(result.events, "event")} of ${count(result.buddies, "buddy", "buddies")}, `,
    time(result.since),
    " to ",
    time(result.until),
    ".",
  );
  if (!result.events) return [head, nothing("No event happened in this span.")];
  const cards = result.tokens.map((token) =>
    stat(token.token, signed(token.difference), `${number(token.was)} → ${number(token.would_be)}`),
  );
  return [
    head,
    h(
      "div.stats",
      {},
      cards,
      stat(
        "Refused events",
        signed(result.refused.difference),
        `${number(result.refused.was)} → ${number(result.refused.would_be)}`,
      ),
    ),
    compared("Rules", result.rules, (row) => [code(row.source), " ", row.token]),
    compared("Badges", result.badges, (row) => code(row.badge)),
    compared("Skills", result.skills, (row) => code(row.skill)),
    compared("Streak milestones", result.streak_milestones, (row) => [
      code(row.streak),
      ` ${row.milestone}`,
    ]),
    buddies(result.top_buddies),
  ];
}

function compared(title, rows, name) {
  const moved = rows.filter((row) => row.difference !== 0);
  if (!moved.length) return null;
  return panel(
    title,
    { note: `${moved.length} of ${rows.length} differ` },
    table([{ label: title, cell: name }, ...COLUMNS], moved, { label: title }),
  );
}

const COLUMNS = [
  { label: "Was", kind: "number", cell: (row) => number(row.was) },
  { label: "Would be", kind: "number", cell: (row) => number(row.would_be) },
  {
    label: "Difference",
    kind: "number",
    cell: (row) =>
      h(`span.amount.${row.difference < 0 ? "out" : "in"}`, {}, signed(row.difference)),
  },
];

function buddies(rows) {
  const columns = [
    { label: "Player", cell: (row) => to(["players", row.user_id], row.user_id) },
    {
      label: "Difference",
      cell: (row) =>
        row.tokens
          .filter((token) => token.difference)
          .map((token) => `${signed(token.difference)} ${token.token}`)
          .join(", "),
    },
  ];
  const moved = rows.filter((row) => row.tokens.some((token) => token.difference));
  return (
    moved.length > 0 &&
    panel("For whom most changes", {}, table(columns, moved, { label: "Players" }))
  );
}
