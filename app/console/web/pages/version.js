/** A config version: what it changes, whether it could be published, what it would pay, its text. */

import { get, send } from "../api.js";
import { confirm } from "../dialog.js";
import { h } from "../dom.js";
import { count } from "../format.js";
import { jsonTree } from "../json.js";
import {
  chip,
  code,
  facts,
  nothing,
  page,
  panel,
  shortId,
  status,
  table,
  tabs,
  time,
  to,
  toast,
} from "../parts.js";
import { go, link } from "../router.js";
import { dryRun } from "./dryrun.js";
import { editor } from "./editor.js";

const KINDS = { added: "good", removed: "bad", changed: "warn" };

/** The page; the query chooses the tab and the version to compare with. */
export async function version({ names, query, signal }) {
  const found = await get(`/config-versions/${encodeURIComponent(names.id)}`, {}, signal);
  const isDraft = found.status === "draft";
  const choices = [
    ["changes", "Changes"],
    ["faults", "Checks"],
    ["dryrun", "Dry run"],
    ["document", isDraft ? "Edit" : "Document"],
  ];
  const tab = choices.some(([key]) => key === query.tab) ? query.tab : "changes";
  const views = { changes, faults, dryrun: dryRun, document: isDraft ? editor : tree };
  const action = isDraft
    ? h("button.primary", { onclick: () => publish(found, signal) }, "Publish …")
    : h("button", { onclick: () => copy(found) }, "Copy to a draft …");
  const content = page(
    ["Rules ", shortId(found.id), " ", status(found.status)],
    { crumb: [to("rules", "Rules"), " / ", code(found.id)], actions: action },
    facts([
      ["Made", time(found.created_at)],
      ["Published", found.published_at && time(found.published_at)],
    ]),
    tabs("About this version", choices, tab, (key) =>
      link(["rules", found.id], { tab: key, against: query.against }),
    ),
    await views[tab](found, { query, signal }),
  );
  return { title: `Rules ${found.id.slice(-8)}`, content };
}

async function changes(found, { query, signal }) {
  const [diff, others] = await Promise.all([
    differences(found, query.against, signal),
    get("/config-versions", { limit: 25 }, signal),
  ]);
  const options = others.data
    .filter((each) => each.id !== found.id)
    .map((each) => [each.id, `…${each.id.slice(-8)} (${each.status})`]);
  const choose = (event) =>
    go(link(["rules", found.id], { tab: "changes", against: event.target.value }), {
      replace: true,
    });
  const against = h(
    "label.field.inline",
    {},
    h("span", {}, "against"),
    h(
      "select",
      { onchange: choose },
      h("option", { value: "" }, "the published version"),
      options.map(([id, text]) => h("option", { value: id, selected: id === query.against }, text)),
    ),
  );
  if (!diff)
    return panel(
      "Changes",
      { actions: against },
      nothing("There is no published version to compare with."),
    );
  const columns = [
    { label: "Where", cell: (change) => code(change.pointer || "/") },
    { label: "", cell: (change) => chip(change.kind, KINDS[change.kind] ?? "plain") },
    { label: "Before", cell: (change) => change.before !== null && jsonTree(change.before) },
    { label: "After", cell: (change) => change.after !== null && jsonTree(change.after) },
  ];
  return panel(
    "Changes",
    { note: count(diff.changes.length, "change"), actions: against },
    table(columns, diff.changes, { label: "Changes", empty: nothing("The two are the same.") }),
  );
}

async function differences(found, against, signal) {
  try {
    return await get(`/config-versions/${found.id}/diff`, { against }, signal);
  } catch (error) {
    if (error.code === "no_published_config") return null;
    throw error;
  }
}

async function faults(found, { signal }) {
  const { valid, faults: all } = await get(`/config-versions/${found.id}/validation`, {}, signal);
  if (valid)
    return panel(
      "Checks",
      {},
      nothing("It could be published: every reference leads somewhere and every number fits."),
    );
  const columns = [
    { label: "Where", cell: (fault) => code(fault.pointer || "/") },
    { label: "What is wrong", cell: (fault) => fault.message },
  ];
  return panel(
    "Checks",
    { note: count(all.length, "fault") },
    table(columns, all, { label: "Faults" }),
  );
}

async function tree(found) {
  return panel("Document", {}, jsonTree(found.document));
}

async function copy(found) {
  const made = await confirm({
    title: "Copy these rules to a draft?",
    says: [
      "A new draft with this document is made. Nothing changes for players until it is published.",
    ],
    button: "Make the draft",
    act: () => send("POST", "/config-versions", { document: found.document }),
  });
  if (made) go(link(["rules", made.id]));
}

async function publish(found, signal) {
  const diff = await differences(found, null, signal).catch(() => null);
  const published = await confirm({
    title: "Publish these rules?",
    says: [
      diff
        ? `${count(diff.changes.length, "change")} against the rules in force now, which are archived.`
        : "They are the first rules of this customer.",
      "Every buddy that is made from now on follows them. Buddies that live keep the rules they have until they are migrated.",
      "What is published can't be changed or taken back; to undo it, copy an older version to a draft and publish that.",
    ],
    button: "Publish",
    tone: "danger",
    act: () => send("POST", `/config-versions/${found.id}/publish`),
  });
  if (!published) return;
  toast("Published. New buddies follow these rules.");
  go(link(["rules", found.id], { tab: "document" }), { replace: true });
}
