/** Config versions: the rules that were, are, and may come. */

import { get, send } from "../api.js";
import { confirm } from "../dialog.js";
import { h } from "../dom.js";
import { count } from "../format.js";
import { nothing, page, pager, shortId, status, table, time } from "../parts.js";
import { go, link, requery } from "../router.js";

/** The page. */
export async function versions({ query, signal }) {
  const found = await get("/config-versions", { page: query.page, limit: 25 }, signal);
  const columns = [
    { label: "Version", cell: (version) => shortId(version.id) },
    { label: "Status", cell: (version) => status(version.status) },
    { label: "Rules", cell: (version) => sizes(version.document) },
    { label: "Made", kind: "quiet", cell: (version) => time(version.created_at) },
    { label: "Published", kind: "quiet", cell: (version) => time(version.published_at) },
  ];
  const content = page(
    "Rules",
    {
      note: "A version is a draft, then published for new buddies, then archived. What was published never changes.",
      actions: h("button.primary", { onclick: begin }, "New draft"),
    },
    table(columns, found.data, {
      href: (version) => link(["rules", version.id]),
      label: "Versions",
      empty: nothing(
        "No rules yet.",
        "A new draft begins empty; `clutch customers create --preset arena` begins with ready ones.",
      ),
    }),
    pager(found.meta, (to) => requery({ page: to })),
  );
  return { title: "Rules", content };
}

function sizes(document) {
  const parts = [
    [document.token_rules, "token rule"],
    [document.badges, "badge"],
    [document.streaks, "streak"],
    [document.items, "item"],
  ];
  return (
    parts
      .filter(([list]) => list?.length)
      .map(([list, name]) => count(list.length, name))
      .join(" · ") || "empty"
  );
}

async function begin() {
  const made = await confirm({
    title: "Begin a new draft?",
    says: [
      "A copy of the published version is made. Nothing changes for players until you publish it.",
    ],
    button: "Make the draft",
    act: () => send("POST", "/config-versions", {}),
  });
  if (made) go(link(["rules", made.id], { tab: "document" }));
}
