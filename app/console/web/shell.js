/** The frame around every page: navigation, search, who is signed in. */

import { signOut } from "./api.js";
import { show } from "./dialog.js";
import { fill, h } from "./dom.js";
import { busy, chip } from "./parts.js";
import { searchBox } from "./search.js";

const VIEWS = [
  ["events", "Live events", "e"],
  ["players", "Players", "p"],
  ["ledger", "Ledger", "l"],
  ["economy", "Economy", "c"],
  ["matches", "Matches", "m"],
  ["deliveries", "Webhooks", "w"],
  ["rules", "Rules", "r"],
  ["keys", "Keys", "k"],
];
const WARN_SECONDS = 5 * 60;

/** The frame for a session: `{element, session, put(page), mark(view), close()}`. */
export function shell(session, { onEnd }) {
  const place = h("div.place");
  const search = searchBox();
  const links = VIEWS.map(([key, text, letter]) =>
    h("a", { href: `#/${key}`, "data-view": key, title: `g then ${letter}` }, text),
  );
  const left = h("span.note.session-left", { role: "status" });
  const out = h("button.quiet", { onclick: () => leave(out, onEnd) }, "Sign out");
  const keys = keyboard(search);
  document.addEventListener("keydown", keys);
  const timer = setInterval(() => tick(left, session), 15_000);
  tick(left, session);
  const element = h(
    "div.shell",
    {},
    h("a.skip", { href: "#main", onclick: skip }, "Skip to the content"),
    h(
      "nav.side",
      { "aria-label": "Console" },
      h(
        "a.brand",
        { href: "#/events" },
        h("img", { src: "/console/icon.svg", alt: "", width: 24, height: 24 }),
        "Clutch",
      ),
      links,
    ),
    h(
      "header.top",
      {},
      search,
      h(
        "div.who",
        {},
        left,
        h("span.customer", {}, session.customer_name),
        session.is_test && chip("test", "warn"),
        themeButton(),
        out,
      ),
    ),
    place,
  );
  const close = () => {
    clearInterval(timer);
    document.removeEventListener("keydown", keys);
    document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  };
  const mark = (view) =>
    links.forEach((each) =>
      each.dataset.view === view
        ? each.setAttribute("aria-current", "page")
        : each.removeAttribute("aria-current"),
    );
  const put = (main) => {
    fill(place, main);
    scrollTo(0, 0);
  };
  return { element, session, put, mark, close };
}

async function leave(button, onEnd) {
  await busy(button, async () => {
    await signOut();
    onEnd();
  });
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function tick(place, session) {
  if (!session.expires_at) return;
  const seconds = (new Date(session.expires_at) - Date.now()) / 1000;
  const isClose = seconds < WARN_SECONDS;
  fill(place, isClose ? `Session ends in ${Math.max(1, Math.ceil(seconds / 60))} min` : "");
}

function themeButton() {
  const root = document.documentElement;
  const isDark = () =>
    (root.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const named = () => (isDark() ? "Light" : "Dark");
  const button = h(
    "button.quiet",
    { title: "Change the theme", "aria-label": "Change the theme" },
    named(),
  );
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("clutch-theme", root.dataset.theme);
    fill(button, named());
  });
  return button;
}

/** `/` searches, `g` and a letter goes, `j` and `k` walk through rows, `?` tells all this. */
function keyboard(search) {
  let went = 0;
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, dialog")) return;
    const isGoing = Date.now() - went < 1500;
    const view = isGoing && VIEWS.find(([, , letter]) => letter === event.key);
    went = event.key === "g" ? Date.now() : 0;
    if (view) location.hash = `#/${view[0]}`;
    else if (event.key === "/") search.querySelector("input").focus();
    else if (event.key === "?") help();
    else if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    else return;
    event.preventDefault();
  };
}

function walk(step) {
  const rows = [...document.querySelectorAll("a.row-link")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
}

function help() {
  const rows = [
    ["/", "search a player or an id"],
    ["j k", "next and previous row"],
    ["Enter", "open it"],
    ...VIEWS.map(([, text, letter]) => [`g ${letter}`, text]),
  ];
  show(
    "Keys",
    h(
      "dl.keys",
      {},
      rows.map(([keys, text]) =>
        h(
          "div",
          {},
          h(
            "dt",
            {},
            keys.split(" ").map((key) => h("kbd", {}, key)),
          ),
          h("dd", {}, text),
        ),
      ),
    ),
  );
}
