/**
 * `clutch-root`: whose buddy a page shows. Widgets inside it, or anywhere on a page with one root,
 * share its connection; it celebrates, says what was refused, and asks for a new token in time.
 */

import { Celebration, CELEBRATION_CSS } from "./celebration.mjs";
import { Connection } from "./connection.mjs";
import { LAYER_SHEETS, sheet } from "./styles.mjs";

const RENEWED_BEFORE_MS = 60_000;
const ASKED_AGAIN_MS = 10_000;
const TOLD = ["badge", "stage", "streak", "refused", "expired"];
const NOTICES = { offline: "You are offline", away: "Connecting again …" };
const ROOT_CSS = `
:host { display: contents; }
.live { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

export class ClutchRoot extends HTMLElement {
  static observedAttributes = ["token", "token-url", "theme"];
  connection = null;
  #celebration;
  #layer;
  #renewal = null;
  #isHere = false;
  #isAsking = false;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [...LAYER_SHEETS(), sheet(ROOT_CSS), sheet(CELEBRATION_CSS)];
    this.#layer = document.createElement("div");
    this.#layer.className = "hw layer";
    this.#layer.popover = "manual";
    const live = document.createElement("div");
    live.className = "live";
    shadow.append(document.createElement("slot"), live, this.#layer);
    this.#celebration = new Celebration(this.#layer, live);
  }

  connectedCallback() {
    this.#isHere = true;
    this.#begin();
    document.dispatchEvent(new Event("clutch:root"));
  }

  disconnectedCallback() {
    this.#isHere = false;
    clearTimeout(this.#renewal);
    this.connection?.close();
    this.connection = null;
  }

  attributeChangedCallback(name) {
    if (!this.#isHere) return;
    if (name === "theme") this.#changed();
    else this.#begin();
  }

  /** Begin with the token there is, or ask the page's own server for one. */
  #begin() {
    const token = this.getAttribute("token");
    if (token) this.#use(token);
    else if (this.hasAttribute("token-url")) this.#renew();
  }

  #use(token) {
    if (this.connection) {
      this.connection.token = token;
      return;
    }
    const api = this.getAttribute("api") ?? new URL("/api/v1", import.meta.url).href;
    const connection = new Connection(api, token);
    this.connection = connection;
    connection.addEventListener("change", () => this.#changed());
    connection.addEventListener("badge", ({ detail }) => this.#celebration.badge(detail));
    connection.addEventListener("stage", ({ detail }) =>
      this.#celebration.stage(detail, connection.address(detail.image_url)),
    );
    connection.addEventListener("refused", ({ detail }) => this.#celebration.tell(detail));
    connection.addEventListener("expired", () => this.#renew());
    for (const type of TOLD) {
      connection.addEventListener(type, ({ detail }) => this.#tell(type, detail));
    }
    connection.open();
  }

  #changed() {
    const theme = this.getAttribute("theme");
    if (theme) this.#layer.dataset.theme = theme;
    else delete this.#layer.dataset.theme;
    this.#celebration.notice(this.connection?.state ? NOTICES[this.connection.problem] ?? null : null);
    this.#planRenewal();
    this.#tell("change", this.connection?.state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(`clutch:${type}`, { detail, bubbles: type !== "change" }));
  }

  #planRenewal() {
    clearTimeout(this.#renewal);
    const ends = Date.parse(this.connection?.state?.expires_at);
    if (!this.hasAttribute("token-url") || !ends || this.connection.problem === "expired") return;
    const wait = Math.max(ends - Date.now() - RENEWED_BEFORE_MS, ASKED_AGAIN_MS);
    this.#renewal = setTimeout(() => this.#renew(), wait);
  }

  /** Ask the page's server for a token: `{"token": "…"}`, with the page's own cookies. */
  async #renew() {
    const address = this.getAttribute("token-url");
    if (!address || this.#isAsking) return;
    clearTimeout(this.#renewal);
    this.#isAsking = true;
    try {
      const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
      const { token } = await answer.json();
      if (!this.isConnected) return;
      if (typeof token === "string" && token !== this.connection?.token) return this.#use(token);
    } catch {
      // The page's server is away; it is asked again below.
    } finally {
      this.#isAsking = false;
    }
    this.#renewal = setTimeout(() => this.#renew(), ASKED_AGAIN_MS);
  }
}
