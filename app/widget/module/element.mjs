/** What every widget is: a card that shows the state of the nearest `clutch-root`. */

import { fill, h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { CARD_SHEETS, sheet } from "./styles.mjs";

const SHEETS_OF = new Map();
const PROBLEMS = {
  expired: ["lock", "This session has ended. Reload the page to go on."],
  forbidden: ["lock", "This page is not allowed to show this."],
  gone: ["cloud", "There is nothing here any more."],
  offline: ["cloud", "You are offline."],
  away: ["cloud", "The server does not answer."],
};

/** A subclass says its `css`, its `title` (or what it is `called` without one), the heights of the `bones` it shows while loading, and `view`. */
export class ClutchElement extends HTMLElement {
  static css = "";
  static title = "";
  static called = "";
  static bones = [44, 44];
  static observedAttributes = ["heading"];
  #root = null;
  #isDue = false;

  constructor() {
    super();
    const own = this.constructor;
    if (!SHEETS_OF.has(own)) SHEETS_OF.set(own, [...CARD_SHEETS(), sheet(own.css)]);
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = SHEETS_OF.get(own);
  }

  get connection() {
    return this.#root?.connection ?? null;
  }

  connectedCallback() {
    document.addEventListener("clutch:root", this.#find);
    this.#find();
  }

  disconnectedCallback() {
    document.removeEventListener("clutch:root", this.#find);
    this.#root?.removeEventListener("clutch:change", this.render);
    this.#root = null;
  }

  attributeChangedCallback() {
    this.render();
  }

  /** Show what there is, once all changes of this moment are made. */
  render = () => {
    if (this.#isDue || !this.isConnected) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      fill(this.shadowRoot, [this.#card()]);
    });
  };

  #find = () => {
    const root = this.closest("clutch-root") ?? document.querySelector("clutch-root");
    if (root !== this.#root) {
      this.#root?.removeEventListener("clutch:change", this.render);
      this.#root = root;
      root?.addEventListener("clutch:change", this.render);
    }
    this.render();
  };

  #card() {
    const { state = null, problem = null } = this.connection ?? {};
    const heading = this.getAttribute("heading") ?? this.constructor.title;
    const isLoading = !state && !problem;
    const frame = {
      class: "hw card",
      "data-theme": this.#root?.getAttribute("theme"),
      "aria-label": heading || this.constructor.called,
      "aria-busy": String(isLoading),
    };
    const top = heading && h("header", {}, h("h3", {}, heading));
    return h("section", frame, top, this.#content(state, problem));
  }

  #content(state, problem) {
    const isRenewing = problem === "expired" && this.#root.hasAttribute("token-url");
    if (state && (isRenewing || problem !== "expired")) return this.view(state);
    if (problem) return this.#problem(problem);
    const bones = this.constructor.bones.map((height, index) =>
      h("div", { key: `bone ${index}`, class: "bone", style: { height: `${height}px` } }),
    );
    return [h("span", { class: "hidden" }, "Loading"), ...bones];
  }

  #problem(problem) {
    const [name, text] = PROBLEMS[problem];
    const isPassing = problem === "away" || problem === "offline";
    const again = () => this.connection.refresh();
    return h(
      "div",
      { class: "state" },
      icon(name),
      h("p", { class: "muted" }, text),
      isPassing && h("button", { onclick: again }, "Try again"),
    );
  }
}

export function nothing(name, text) {
  return h("div", { class: "state" }, icon(name), h("p", { class: "muted small" }, text));
}

/** A bar that says how much of something is there; `label` is for those who can't see it. */
export function bar(share, label, more = {}) {
  const kind = share > 0 ? "bar" : "bar empty";
  const told = { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 };
  const now = { "aria-valuenow": Math.floor(share * 100), "aria-label": label };
  const style = { "--share": Math.min(share, 1), ...more };
  return h("div", { class: kind, ...told, ...now, style }, h("i", {}));
}
