/** The search at the top: players by the beginning of their id, and whatever else has that id. */

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { link } from "./router.js";

const CALLER_ID = /^[A-Za-z0-9._:|@=+~-]{1,128}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PAUSE_MS = 120;

/** The box with its list of suggestions (the ARIA pattern "combobox with list"). */
export function searchBox() {
  const list = h("ul.suggestions", { id: "suggestions", role: "listbox", hidden: true });
  const input = h("input", {
    type: "search",
    placeholder: "Find a player, an event, a match …",
    "aria-label": "Search",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "suggestions",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });
  const box = h("search.search", {}, input, h("kbd", { "aria-hidden": "true" }, "/"), list);
  const state = { timer: 0, asked: new AbortController(), chosen: -1 };
  input.addEventListener("input", () => {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => suggest(input, list, state), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => move(event, input, list, state));
  box.addEventListener(
    "focusout",
    (event) => !box.contains(event.relatedTarget) && close(input, list),
  );
  input.addEventListener("focus", () => list.childElementCount && open(input, list));
  return box;
}

async function suggest(input, list, state) {
  const text = input.value.trim();
  state.asked.abort();
  state.asked = new AbortController();
  state.chosen = -1;
  if (!text) return close(input, list);
  const found = CALLER_ID.test(text)
    ? await suggestions(text, state.asked.signal).catch(() => null)
    : [];
  if (!found) return;
  const items = found.map(({ kind, id, href }, index) =>
    h(
      "li",
      { role: "option", id: `suggestion-${index}` },
      h(
        "a",
        { href, tabindex: "-1", onclick: () => done(input, list) },
        h("span.kind", {}, kind),
        h("span.what", {}, id),
      ),
    ),
  );
  fill(
    list,
    items.length ? items : h("li.note", {}, "No player, event, match or delivery is called so."),
  );
  open(input, list);
}

/** Players that begin so, then an event, a match, a buddy or a delivery that is called exactly so. */
async function suggestions(text, signal) {
  const there = (kind, path, href) =>
    get(path, {}, signal).then(() => [{ kind, id: text, href }], none);
  const coded = encodeURIComponent(text);
  const asked = [
    get("/users", { prefix: text, limit: 8 }, signal).then(
      ({ data }) =>
        data.map(({ user_id: id }) => ({ kind: "Player", id, href: link(["players", id]) })),
      none,
    ),
    there("Event", `/events/${coded}`, link(["events", text])),
    text.includes(":") ? [] : there("Match", `/matches/${coded}`, link(["matches", text])),
  ];
  if (UUID.test(text)) {
    asked.push(there("Delivery", `/webhook-deliveries/${coded}`, link(["deliveries", text])));
    asked.push(
      get(`/buddies/${coded}`, {}, signal).then(
        (buddy) => [
          { kind: "Buddy of", id: buddy.user_id, href: link(["players", buddy.user_id]) },
        ],
        none,
      ),
    );
  }
  return (await Promise.all(asked)).flat();
}

const none = (error) => {
  if (error.name === "AbortError") throw error;
  return [];
};

function move(event, input, list, state) {
  const items = [...list.querySelectorAll("li[role=option]")];
  if (event.key === "Escape") return close(input, list);
  if (event.key === "Enter") {
    event.preventDefault();
    (items[Math.max(0, state.chosen)] ?? null)?.querySelector("a").click();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  state.chosen =
    (state.chosen + (event.key === "ArrowDown" ? 1 : -1) + items.length) %
    Math.max(1, items.length);
  items.forEach((item, index) =>
    item.setAttribute("aria-selected", String(index === state.chosen)),
  );
  input.setAttribute("aria-activedescendant", `suggestion-${state.chosen}`);
}

function open(input, list) {
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

function close(input, list) {
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
}

function done(input, list) {
  input.value = "";
  input.blur();
  fill(list);
  close(input, list);
}
