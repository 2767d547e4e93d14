/** Keys: made, renewed and revoked; a secret is shown once. */

import { get, send } from "../api.js";
import { confirm, field, reveal } from "../dialog.js";
import { h } from "../dom.js";
import { chip, code, nothing, page, status, table, time, toast } from "../parts.js";
import { requery } from "../router.js";

const KINDS = [
  ["secret", "Secret: servers and this console"],
  ["publishable", "Publishable: web pages"],
  ["game_server", "Game server: signs match reports"],
];
const ENDS = [
  ["", "Never"],
  ["1", "In a day"],
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
];

/** The page. */
export async function keys({ signal, session }) {
  const { data } = await get("/api-keys", {}, signal);
  const columns = [
    {
      label: "Label",
      cell: (key) => [
        h("strong", {}, key.label),
        key.key_id === session.key_id && [" ", chip("you", "accent")],
      ],
    },
    { label: "Kind", cell: (key) => key.kind.replace("_", " ") },
    { label: "Ends with", cell: (key) => code(`…${key.last_four}`) },
    { label: "May", cell: (key) => may(key) },
    { label: "State", cell: (key) => state(key) },
    { label: "Made", kind: "quiet", cell: (key) => time(key.created_at) },
    { label: "", cell: (key) => actions(key, session) },
  ];
  const content = page(
    "Keys",
    {
      note: "A key that is revoked or renewed is refused everywhere within two seconds.",
      actions: h("button.primary", { onclick: create }, "New key …"),
    },
    table(columns, data, { label: "Keys", empty: nothing("No keys.") }),
  );
  return { title: "Keys", content };
}

function may(key) {
  const origins =
    key.allowed_origins.length > 0 && h("div.note", {}, `from ${key.allowed_origins.join(", ")}`);
  if (key.kind === "game_server") return "report matches";
  if (!key.scopes.length) return "everything";
  const listed =
    key.scopes.length > 3
      ? h(
          "details.inline",
          {},
          h("summary", {}, `${key.scopes.length} scopes`),
          key.scopes.join(", "),
        )
      : key.scopes.join(", ");
  return [listed, origins];
}

function isOver(key) {
  return key.expires_at !== null && new Date(key.expires_at) <= new Date();
}

function state(key) {
  if (key.revoked_at) return status("revoked");
  if (isOver(key)) return status("expired");
  return [status("active"), key.expires_at && h("div.note", {}, "until ", time(key.expires_at))];
}

function actions(key, session) {
  if (key.revoked_at || isOver(key)) return null;
  const own = key.key_id === session.key_id;
  return h(
    "span.row-actions",
    {},
    h(
      "button.quiet",
      { onclick: () => renew(key, own), "aria-label": `Renew ${key.label}` },
      "Renew …",
    ),
    h(
      "button.quiet.danger-text",
      { onclick: () => revoke(key, own), "aria-label": `Revoke ${key.label}` },
      "Revoke …",
    ),
  );
}

const OWN = "You signed in with this key: this session ends with it.";

async function create() {
  const made = await confirm({
    title: "Make a key",
    says: [
      "Its secret is shown once, in the next step. It can do no more than the key you signed in with.",
    ],
    fields: [
      field("Label", "label", { required: true, maxlength: 64, placeholder: "what it is for" }),
      field("Kind", "kind", { options: KINDS }),
      field("Scopes", "scopes", {
        placeholder: "read:events read:buddies",
        hint: "Leave it empty for everything that the kind may do.",
      }),
      field("Ends", "days", { options: ENDS }),
    ],
    button: "Make the key",
    act: ({ label, kind, scopes, days }) =>
      send("POST", "/api-keys", wish(label, kind, scopes, days)),
  });
  if (made) await shown(made, `The new ${made.kind.replace("_", "-")} key`);
}

function wish(label, kind, scopes, days) {
  const listed = scopes.split(/[\s,]+/).filter(Boolean);
  const ends = days && new Date(Date.now() + Number(days) * 86_400_000).toISOString();
  return {
    label,
    kind,
    ...(listed.length && { scopes: listed }),
    ...(ends && { expires_at: ends }),
  };
}

async function renew(key, own) {
  const made = await confirm({
    title: `Renew the secret of “${key.label}”?`,
    says: [
      `Whoever uses the secret that ends with ${key.last_four} is refused from now on, until it has the new one.`,
      own && OWN,
    ].filter(Boolean),
    button: "Renew",
    tone: "danger",
    act: () => send("POST", `/api-keys/${key.key_id}/rotate`),
  });
  if (made) await shown(made, `The new secret of “${key.label}”`);
}

async function revoke(key, own) {
  const done = await confirm({
    title: `Revoke “${key.label}”?`,
    says: [
      `Whoever uses the secret that ends with ${key.last_four} is refused from now on. This can't be undone.`,
      own && OWN,
    ].filter(Boolean),
    button: "Revoke",
    tone: "danger",
    act: async () => {
      await send("DELETE", `/api-keys/${key.key_id}`);
      return true;
    },
  });
  if (!done) return;
  toast("Revoked.");
  requery({});
}

async function shown(made, title) {
  const id = made.kind === "game_server" && ` Its key_id is ${made.key_id}.`;
  await reveal(title, `Keep it now; it is not shown again.${id || ""}`, made.secret);
  requery({});
}
