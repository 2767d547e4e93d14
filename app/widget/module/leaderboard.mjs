/** A ranking: the first ten, and where the buddy stands if it is not among them. */

import { h } from "./dom.mjs";
import { ClutchElement, nothing } from "./element.mjs";
import { icon } from "./icons.mjs";
import { numberText } from "./text.mjs";

const WINDOWS = { daily: "Today", weekly: "This week", monthly: "This month", all_time: "All time" };
const CSS = `
header + .window { margin: -12px 0 12px; }
ol { display: grid; gap: 2px; }
li {
  display: grid; grid-template-columns: 30px 34px 1fr auto; align-items: center; gap: 10px;
  padding: 6px 10px; border-radius: 12px; font-variant-numeric: tabular-nums;
}
li.mine { background: color-mix(in srgb, var(--accent) 12%, var(--bg)); font-weight: 620; }
.rank { color: var(--muted); font-weight: 650; font-size: 14px; text-align: center; }
.first .rank, .second .rank, .third .rank {
  width: 26px; height: 26px; border-radius: 50%; line-height: 26px; color: #3a2a05; margin: auto;
}
.first .rank { background: #f5c542; }
.second .rank { background: #cfd4dc; }
.third .rank { background: #dfa878; }
.face { width: 34px; height: 34px; border-radius: 50%; background: var(--raised); display: grid; place-items: center; overflow: hidden; font-weight: 650; font-size: 14px; color: var(--muted); }
.face img { width: 100%; height: 100%; object-fit: cover; display: block; }
.who { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.score { font-weight: 680; }
.gap { color: var(--muted); text-align: center; display: block; padding: 0; line-height: 1; }
`;

export class ClutchLeaderboard extends ClutchElement {
  static css = CSS;
  static title = "Leaderboard";
  static bones = [40, 40, 40, 40];
  static observedAttributes = ["heading", "board"];

  view(state) {
    const wanted = this.getAttribute("board");
    const known = state.leaderboards.find((board) => !wanted || board.key === wanted);
    if (!known) return nothing("star", "There is no leaderboard here.");
    this.connection.watch(known.key);
    const board = this.connection.boards.get(known.key);
    if (board.problem) return nothing("cloud", "The ranking can't be shown right now.");
    if (!board.around) return h("div", { class: "bone", style: { height: "160px" } });
    const rows = rowsOf(board);
    if (!rows.length) return nothing("star", "Nobody has scored yet. Be the first.");
    return [
      h("p", { class: "window small muted" }, heading(known)),
      h("ol", {}, rows.map((entry) => this.#row(entry, state.buddy.id))),
    ];
  }

  #row(entry, ownId) {
    if (!entry) return h("li", { key: "gap", class: "gap", "aria-hidden": "true" }, "···");
    const isMine = entry.buddy_id === ownId;
    const place = ["", "first", "second", "third"][entry.rank] ?? "";
    const source = this.connection.address(entry.thumb_url);
    const name = entry.display_name ?? entry.name;
    return h(
      "li",
      { key: entry.buddy_id, class: `${place} ${isMine ? "mine" : ""}`, "aria-current": isMine && "true" },
      h("span", { class: "rank" }, numberText(entry.rank)),
      h(
        "span",
        { class: "face", "aria-hidden": "true" },
        source ? h("img", { src: source, alt: "" }) : icon("egg"),
      ),
      h("span", { class: "who" }, isMine ? `${name} (you)` : name),
      h("span", { class: "score" }, numberText(entry.score)),
    );
  }
}

function heading({ label, window }) {
  return label === WINDOWS[window] ? label : `${label} · ${WINDOWS[window]}`;
}

/** The best, then a gap (null) and the neighbourhood where it is somewhere else. */
function rowsOf({ ranking, around }) {
  const top = ranking?.data ?? [];
  const known = new Set(top.map((entry) => entry.buddy_id));
  const near = around.data.filter((entry) => !known.has(entry.buddy_id));
  const isApart = top.length && near.length && near[0].rank > top.at(-1).rank + 1;
  return [...top, ...(isApart ? [null] : []), ...near];
}
