/** Every buddy of every player. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { count, number } from "../format.js";
import { filters, nothing, page, pager, status, table, time } from "../parts.js";
import { link, requery } from "../router.js";

const SORTS = [
  ["", "Newest"],
  ["updated_at", "Last active"],
  ["coins", "Coins"],
  ["evolution_stage", "Stage"],
  ["name", "Name"],
];
const STAGES = [["", "Any"], ...[1, 2, 3, 4, 5].map((stage) => [String(stage), String(stage)])];
const STATUSES = [
  ["", "Any"],
  ["active", "Active"],
  ["archived", "Archived"],
];

/** The page. */
export async function players({ query, signal }) {
  const { sort, status: wanted, evolution_stage, user_id, page: at } = query;
  const found = await get(
    "/buddies",
    {
      sort,
      status: wanted,
      evolution_stage,
      user_id,
      page: at,
      order: sort === "name" ? "asc" : "desc",
    },
    signal,
  );
  const columns = [
    { label: "Player", cell: (buddy) => buddy.user_id },
    { label: "Buddy", cell: (buddy) => portrait(buddy) },
    { label: "Stage", kind: "number", cell: (buddy) => number(buddy.evolution_stage) },
    { label: "Coins", kind: "number", cell: (buddy) => number(buddy.coins) },
    { label: "Badges", kind: "number", cell: (buddy) => number(buddy.progression.badges.length) },
    { label: "Audience", kind: "quiet", cell: (buddy) => buddy.audience },
    { label: "Status", cell: (buddy) => status(buddy.status) },
    {
      label: "Last active",
      kind: "quiet",
      cell: (buddy) => time(buddy.updated_at, { isRelative: true }),
    },
  ];
  const fields = [
    { name: "user_id", label: "Player", value: user_id, placeholder: "whole id" },
    { name: "status", label: "Status", value: wanted, options: STATUSES },
    { name: "evolution_stage", label: "Stage", value: evolution_stage, options: STAGES },
    { name: "sort", label: "Order", value: sort, options: SORTS },
  ];
  const empty = nothing(
    "No buddies here.",
    "A player's first event makes one. To find a player by the beginning of an id use the search above ( / ).",
  );
  const content = page(
    "Players",
    { note: count(found.meta.total, "buddy", "buddies") },
    filters(fields, (name, value) => requery({ [name]: value, page: null })),
    table(columns, found.data, {
      href: (buddy) => link(["players", buddy.user_id], { buddy: buddy.id }),
      label: "Buddies",
      empty,
    }),
    pager(found.meta, (to) => requery({ page: to })),
  );
  return { title: "Players", content };
}

function portrait(buddy) {
  return h(
    "span.portrait",
    {},
    buddy.thumb_url
      ? h("img", { src: buddy.thumb_url, alt: "", width: 28, height: 28, loading: "lazy" })
      : h("i.egg"),
    buddy.name,
  );
}
