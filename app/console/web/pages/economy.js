/** The health of the economy: what comes in, what goes out, who holds it, how fast it moves. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { count, day as dayName, number, percent, signed } from "../format.js";
import { nothing, page, panel, stat, tabs } from "../parts.js";
import { bars, line, numbers, upAndDown } from "../plots.js";
import { link } from "../router.js";

const DAY_MS = 86_400_000;
const SPANS = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
];
const PERCENTS = ["p10", "p25", "p50", "p75", "p90", "p99"];

/** The page. Its query chooses token and span. */
export async function economy({ query, signal }) {
  const span = SPANS.some(([key]) => key === query.days) ? query.days : "30";
  const from = new Date(
    Math.ceil(Date.now() / DAY_MS) * DAY_MS - Number(span) * DAY_MS,
  ).toISOString();
  const [health, flow] = await Promise.all([
    get("/analytics/economy-health", { from }, signal),
    get("/analytics/economy-days", { from }, signal),
  ]);
  const token = health.tokens.find((each) => each.token === query.token) ?? health.tokens[0];
  if (!token)
    return {
      title: "Economy",
      content: page(
        "Economy",
        {},
        nothing("No token was ever held.", "Publish rules that give tokens, and send an event."),
      ),
    };
  const href = (changes) => link("economy", { ...query, ...changes });
  const days = everyDay(
    flow.tokens.find((each) => each.token === token.token)?.days ?? [],
    from,
    token.supply,
  );
  const content = page(
    "Economy",
    { note: "Sums over UTC days; they agree with the audit to the unit." },
    h(
      "div.choices",
      {},
      tabs(
        "Token",
        health.tokens.map((each) => [each.token, each.token]),
        token.token,
        (key) => href({ token: key }),
      ),
      tabs("Span", SPANS, span, (key) => href({ days: key })),
    ),
    figures(token),
    flows(token, days),
    h("div.columns", {}, holdings(token), speed(days)),
  );
  return { title: "Economy", content };
}

/** One row for every day of the span, with what all players held when it ended. */
function everyDay(found, from, supply) {
  const byDay = new Map(found.map((each) => [each.day, each]));
  const rows = [];
  for (let at = Date.parse(from); at <= Date.now(); at += DAY_MS) {
    const name = new Date(at).toISOString().slice(0, 10);
    rows.push({ inflow: 0, outflow: 0, ...byDay.get(name), day: name });
  }
  let held = supply;
  for (const row of rows.toReversed()) {
    row.supply = held;
    held -= row.inflow - row.outflow;
  }
  return rows;
}

function figures(token) {
  const net = token.inflow - token.outflow;
  return h(
    "div.stats",
    {},
    stat("Held by players", number(token.supply), count(token.accounts, "account")),
    stat("Inflow", number(token.inflow), "given in this span"),
    stat("Outflow", number(token.outflow), "taken in this span"),
    stat("Net", signed(net), net > 0 ? "more is given than taken" : "no more is given than taken"),
    stat(
      "Velocity",
      token.velocity === null ? "–" : percent(token.velocity),
      "outflow by what is held",
    ),
  );
}

function flows(token, days) {
  const rows = days.map((each) => ({
    label: dayName(each.day),
    up: each.inflow,
    down: each.outflow,
    hint: `${dayName(each.day)}: ${number(each.inflow)} in, ${number(each.outflow)} out`,
  }));
  const table = days.map((each) => [
    dayName(each.day),
    number(each.inflow),
    number(each.outflow),
    number(each.supply),
  ]);
  const legend = h("span.legend", {}, h("i.in"), "in", h("i.out"), "out");
  return panel(
    "Inflow and outflow",
    { actions: legend },
    upAndDown(rows, { title: `Inflow and outflow of ${token.token} by day` }),
    numbers(["Day", "In", "Out", "Held at its end"], table),
  );
}

function holdings(token) {
  const rows = PERCENTS.map((key) => ({
    label: key,
    value: token.balances[key],
    hint: `${key.slice(1)} % of players hold at most ${number(token.balances[key])}`,
  }));
  const table = rows.map((row) => [row.hint.split(" hold")[0], number(row.value)]);
  return panel(
    "Balances by percentile",
    { note: "now" },
    bars(rows, { title: `Balances of ${token.token} by percentile` }),
    numbers(["Share of players", "hold at most"], table),
  );
}

function speed(days) {
  const rows = days.map((each) => {
    const value = each.supply > 0 ? each.outflow / each.supply : null;
    return {
      label: dayName(each.day),
      value,
      hint: `${dayName(each.day)}: ${value === null ? "nothing held" : percent(value)}`,
    };
  });
  const table = rows.map((row) => [row.label, row.value === null ? "–" : percent(row.value)]);
  return panel(
    "Velocity",
    { note: "outflow of a day by what was held at its end" },
    line(rows, { title: "Velocity by day", format: percent }),
    numbers(["Day", "Velocity"], table),
  );
}
