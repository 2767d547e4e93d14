/** Why an event did what it did: every movement, every rule, every delivery. */

import { get } from "../api.js";
import { moved } from "../effects.js";
import { h } from "../dom.js";
import { count, number, signed, words } from "../format.js";
import { at, jsonText, jsonTree } from "../json.js";
import {
  amount,
  chip,
  code,
  facts,
  nothing,
  page,
  panel,
  shortId,
  status,
  table,
  time,
  to,
} from "../parts.js";
import { link } from "../router.js";

const SECTIONS = {
  token_rules: "Token rule",
  skill_rules: "Skill rule",
  streaks: "Streak",
  badges: "Badge",
  evolution: "Stage",
  paths: "Path step",
};
const OTHERS = "no_match";

/** The page. */
export async function event({ names, signal }) {
  const found = await get(`/events/${encodeURIComponent(names.id)}`, {}, signal);
  const version = await get(`/config-versions/${found.config_version_id}`, {}, signal).catch(
    absent,
  );
  const rules = version?.document ?? null;
  const content = page(
    headline(found),
    {
      crumb: [to("events", "Events"), " / ", code(found.event_id)],
      note: "Everything here was written down when the event was decided; nothing is guessed afterwards.",
    },
    facts([
      ["Player", to(["players", found.user_id], found.user_id)],
      ["Event", found.type],
      ["Received", time(found.received_at)],
      ["Occurred", found.occurred_at && time(found.occurred_at)],
      ["Audience", found.audience],
      ["Sent by", found.event_id.startsWith("match:") ? "the match bridge" : null],
      ["Rules", to(["rules", found.config_version_id], shortId(found.config_version_id))],
    ]),
    movements(found, rules),
    gave(found, rules),
    silent(found, rules),
    h(
      "div.columns",
      {},
      panel(
        "What was sent",
        {},
        Object.keys(found.properties).length
          ? jsonText(found.properties)
          : nothing("No properties."),
      ),
      deliveries(found),
    ),
  );
  return { title: `Why: ${found.type} of ${found.user_id}`, content };
}

function absent(error) {
  if (error.status === 403) return null;
  throw error;
}

function headline(found) {
  const parts = moved(found.effects).map(([token, value]) => `${signed(value)} ${token}`);
  const did = parts.length ? `got ${parts.join(", ")}` : "got nothing";
  return `Why ${found.user_id} ${did} from ${found.type}`;
}

function movements(found, rules) {
  const total = new Map();
  for (const line of found.ledger)
    total.set(line.token, (total.get(line.token) ?? 0) + value(line));
  const columns = [
    {
      label: "Because of",
      cell: (line) => [h("strong", {}, line.reason), describe(line.counter_account, rules)],
    },
    {
      label: "Amount",
      kind: "number",
      cell: (line) => amount(value(line), line.token, { isLucky: line.is_lucky }),
    },
    { label: "Taken from → given to", cell: (line) => sides(line, found.user_id) },
    { label: "Balance after", kind: "number", cell: (line) => number(line.balance) },
  ];
  const sum = [...total].map(([token, all]) => `${signed(all)} ${token}`).join(", ");
  const empty = nothing("No token moved.");
  return panel(
    "Where it came from",
    { note: sum && `${sum} in ${count(found.ledger.length, "movement")}` },
    table(columns, found.ledger, { label: "Movements", empty }),
  );
}

const value = (line) => (line.direction === "spend" ? -line.amount : line.amount);

function sides(line, userId) {
  const account = to("ledger", line.counter_account, {
    source: line.counter_account,
    token: line.token,
  });
  return h(
    "span.transfer",
    {},
    line.direction === "spend" ? [userId, " → ", account] : [account, " → ", userId],
  );
}

/** What the rules say about a counter-account such as `rule:win-coins`. */
function describe(account, rules) {
  const [kind, key] = account.split(/:(.*)/s);
  const lists = {
    rule: rules?.token_rules,
    badge: rules?.badges,
    streak: rules?.streaks,
    path: rules?.paths,
  };
  const rule = lists[kind]?.find?.((each) => each.key === key?.split("/")[0]);
  return rule?.description && h("p.note", {}, rule.description);
}

function gave(found, rules) {
  const lines = found.explanation.filter(
    (line) => line.number !== undefined || ["fired", "ready", "reset"].includes(line.reason),
  );
  const columns = [
    {
      label: "Rule",
      cell: (line) => [
        h("strong", {}, name(line, rules)),
        h("div.quiet", {}, SECTIONS[line.section] ?? line.section, " ", code(line.rule)),
      ],
    },
    {
      label: "Result",
      kind: "number",
      cell: (line) => (line.number === undefined ? "✓" : number(line.number)),
    },
    { label: "In words", cell: (line) => line.text },
    { label: "The rule itself", cell: (line) => source(line, rules) },
  ];
  return panel(
    "Rules that applied",
    {},
    table(columns, lines, {
      label: "Rules that applied",
      empty: nothing("No rule applied to this event."),
    }),
  );
}

function silent(found, rules) {
  const lines = found.explanation.filter(
    (line) => line.number === undefined && !["fired", "ready", "reset"].includes(line.reason),
  );
  const close = lines.filter((line) => line.reason !== OTHERS);
  const others = lines.filter((line) => line.reason === OTHERS);
  const columns = [
    {
      label: "Rule",
      cell: (line) => [
        name(line, rules),
        h("div.quiet", {}, SECTIONS[line.section] ?? line.section, " ", code(line.rule)),
      ],
    },
    { label: "Why it gave nothing", cell: (line) => line.text },
    { label: "What was asked", cell: (line) => source(line, rules) },
  ];
  return panel(
    "",
    {},
    h(
      "details",
      {},
      h("summary", {}, h("h2", {}, `${count(close.length, "rule")} gave nothing`)),
      table(columns, close, { label: "Rules that gave nothing", empty: nothing("None.") }),
    ),
    others.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, h("h2", {}, `${count(others.length, "rule")} listen to other events`)),
        h(
          "p.note",
          {},
          others.flatMap((line) => [code(line.rule), " "]),
        ),
      ),
  );
}

/** The label of a rule, from the version that decided. */
function name(line, rules) {
  const [, section, index] = line.pointer.split("/");
  const rule =
    section === "evolution"
      ? at(rules, line.pointer.split("/").slice(0, 4).join("/"))
      : rules?.[section]?.[index];
  return rule?.label ?? words(line.rule);
}

function source(line, rules) {
  const rule = rules && at(rules, line.pointer);
  return rule === undefined || rule === null
    ? code(line.pointer)
    : h("details.inline", {}, h("summary", {}, code(line.pointer)), jsonTree(rule));
}

function deliveries(found) {
  const columns = [
    { label: "Webhook", cell: (delivery) => delivery.type },
    { label: "Status", cell: (delivery) => status(delivery.status) },
    { label: "Attempts", kind: "number", cell: (delivery) => number(delivery.attempts) },
  ];
  const href = (delivery) => link(["deliveries", delivery.delivery_id]);
  const empty = nothing("Nobody was told: no endpoint is subscribed.");
  return panel(
    "Who was told",
    { note: found.deliveries.length > 0 && chip(String(found.deliveries.length)) },
    table(columns, found.deliveries, { href, label: "Deliveries", empty }),
  );
}
