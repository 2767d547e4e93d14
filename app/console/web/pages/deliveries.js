/** Webhooks: the endpoints, and every delivery to them. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { number } from "../format.js";
import { chip, feed, filters, nothing, page, panel, status, time } from "../parts.js";
import { link, requery } from "../router.js";

const STATUSES = [
  ["", "Any"],
  ["pending", "Pending"],
  ["succeeded", "Succeeded"],
  ["failed", "Failed"],
];

/** The page. */
export async function deliveries({ query, signal }) {
  const endpoints = await get("/webhook-configs", {}, signal).catch(forbidden);
  const urls = new Map(endpoints.map((each) => [each.id, each.url]));
  const columns = [
    { label: "Event", cell: (delivery) => delivery.event },
    { label: "Status", cell: (delivery) => status(delivery.status) },
    { label: "Answer", cell: (delivery) => delivery.response_status ?? delivery.error ?? "–" },
    { label: "Attempts", kind: "number", cell: (delivery) => number(delivery.attempts) },
    {
      label: "Endpoint",
      kind: "quiet",
      cell: (delivery) => urls.get(delivery.endpoint_id) ?? "a deleted endpoint",
    },
    {
      label: "Next attempt",
      kind: "quiet",
      cell: (delivery) => time(delivery.next_attempt_at, { isRelative: true }),
    },
    { label: "Made", kind: "quiet", cell: (delivery) => time(delivery.created_at) },
  ];
  const load = (cursor) =>
    get(
      "/webhook-deliveries",
      { endpoint_id: query.endpoint_id, status: query.status, cursor },
      signal,
    );
  const fields = [
    { name: "status", label: "Status", value: query.status, options: STATUSES },
    {
      name: "endpoint_id",
      label: "Endpoint",
      value: query.endpoint_id,
      options: [["", "All"], ...urls],
    },
  ];
  const shown = await feed(columns, load, {
    href: (delivery) => link(["deliveries", delivery.id]),
    label: "Deliveries",
    empty: nothing("No delivery here."),
  });
  const content = page(
    "Webhooks",
    { note: "Each delivery was written with the change it tells about, so none is lost." },
    endpoints.length > 0 && h("div.stats", {}, endpoints.map(endpoint)),
    filters(fields, (name, value) => requery({ [name]: value })),
    panel("Deliveries", {}, shown),
  );
  return { title: "Webhooks", content };
}

function forbidden(error) {
  if (error.status === 403) return [];
  throw error;
}

function endpoint(each) {
  const names = each.events[0] === "*" ? "every event" : each.events.join(", ");
  return h(
    "div.stat.endpoint",
    {},
    h("span", {}, status(each.status), " ", chip(each.payload_format)),
    h("strong.url", {}, each.url),
    h("span.note", { title: names }, each.description ?? names),
    each.status === "active" &&
      each.failing_since &&
      h("span.note", {}, "Failing since ", time(each.failing_since)),
    each.paused_reason && h("span.note", {}, `Paused: ${each.paused_reason}`),
  );
}
