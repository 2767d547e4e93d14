/**
 * One buddy's state, kept fresh for every element of a page by one poller.
 *
 * Dispatches `change` whenever there is something new to show, `badge`, `stage` and `streak` when
 * one arrives, `refused` when a change was rolled back, `expired` when the token is worth nothing.
 */

import { arrivals } from "./arrivals.mjs";
import { askJson, Fault, newId } from "./request.mjs";

const DRAWING_MS = 1_500;
const BASE_MS = 5_000;
const QUIET_MS = 20_000;
const QUIET_AFTER = 12;
const HIDDEN_MS = 60_000;
const AWAY_MAX_MS = 60_000;
const BOARD_MS = 15_000;
const FINAL = { 401: "expired", 403: "forbidden", 404: "gone" };

export class Connection extends EventTarget {
  /** What to show: the server's state with every change on top that is not confirmed yet. */
  state = null;
  /** Why there is nothing newer: `offline`, `away`, `expired`, `forbidden`, `gone`, or null. */
  problem = null;
  boards = new Map();
  #api;
  #token;
  #etag = null;
  #server = null;
  #changes = [];
  #users = 0;
  #timer = null;
  #asking = null;
  #failures = 0;
  #unchanged = 0;
  #retryMs = 0;

  constructor(api, token) {
    super();
    this.#api = api.replace(/\/$/, "");
    this.#token = token;
  }

  get token() {
    return this.#token;
  }

  set token(token) {
    if (token === this.#token) return;
    this.#token = token;
    this.#etag = null;
    this.problem = null;
    this.#failures = 0;
    if (this.#users) this.#askAgain();
  }

  /** Poll while somebody looks. */
  open() {
    if (this.#users++) return;
    document.addEventListener("visibilitychange", this.#wake);
    addEventListener("online", this.#wake);
    addEventListener("offline", this.#sleep);
    this.refresh();
  }

  close() {
    if (--this.#users) return;
    document.removeEventListener("visibilitychange", this.#wake);
    removeEventListener("online", this.#wake);
    removeEventListener("offline", this.#sleep);
    clearTimeout(this.#timer);
  }

  /** The address of something that the server names by its path. */
  address(path) {
    return path && new URL(path, this.#api).href;
  }

  may(scope) {
    return this.state?.scopes.includes(scope) && this.state.buddy.status === "active";
  }

  /** Ask now; whoever asks meanwhile gets the same answer. */
  refresh() {
    clearTimeout(this.#timer);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
      this.#plan();
    });
    return this.#asking;
  }

  /** Tell the server what the user did; resolves with its effects. */
  async track(type, properties = {}, eventId = newId()) {
    const effects = await this.#send("/widget/events", { event_id: eventId, type, properties });
    await this.#askAgain();
    return effects;
  }

  purchase(itemId) {
    return this.#change("/widget/purchases", { item_id: itemId }, (state) => {
      const item = state.items?.find((each) => each.item_id === itemId);
      if (!item) return;
      item.owned += 1;
      if (item.stock_left !== null) item.stock_left -= 1;
      for (const { token, amount } of item.price) pay(state, token, amount);
    });
  }

  equip({ equip = [], unequip = [] }) {
    return this.#change("/widget/equip", { equip, unequip }, (state) => {
      const kept = state.buddy.equipped_items.filter((id) => !unequip.includes(id));
      state.buddy.equipped_items = [...new Set([...kept, ...equip])];
      state.buddy.appearance = "pending";
      for (const item of state.items ?? []) {
        item.is_equipped = state.buddy.equipped_items.includes(item.item_id);
      }
    });
  }

  /** Keep a leaderboard fresh too, from now on. */
  watch(key) {
    if (this.boards.has(key)) return;
    this.boards.set(key, { askedAt: -BOARD_MS, ranking: null, around: null, problem: null });
    if (this.#server) this.#askBoards(true).then(() => this.#show());
  }

  #wake = () => {
    if (!document.hidden && !FINAL_PROBLEMS.has(this.problem)) this.refresh();
  };

  #sleep = () => {
    this.problem ??= "offline";
    this.#show();
  };

  /** Ask so that what was changed before this call is in the answer. */
  async #askAgain() {
    if (this.#asking) await this.#asking;
    await this.refresh();
  }

  async #ask() {
    const settled = this.#changes.filter((change) => change.isSettled);
    const token = this.#token;
    const before = this.#server;
    try {
      const answer = await askJson(`${this.#api}/widget/state`, token, { etag: this.#etag });
      if (token !== this.#token) return;
      this.#unchanged = answer.body ? 0 : this.#unchanged + 1;
      if (answer.body) [this.#server, this.#etag] = [answer.body, answer.etag];
      this.#changes = this.#changes.filter((change) => !settled.includes(change));
      this.#failures = this.#retryMs = 0;
      this.problem = null;
      await this.#askBoards(Boolean(answer.body));
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      if (token === this.#token) this.#failed(fault);
    }
    this.#show();
    if (before !== this.#server) this.#tell(arrivals(before, this.#server));
  }

  #failed(fault) {
    this.#failures += 1;
    this.#retryMs = fault.retryMs;
    this.problem = FINAL[fault.status] ?? (fault.code === "offline" ? "offline" : "away");
    if (this.problem === "expired") this.dispatchEvent(new Event("expired"));
  }

  async #askBoards(isChanged) {
    const now = performance.now();
    const due = [...this.boards].filter(
      ([, board]) => isChanged || now - board.askedAt >= BOARD_MS,
    );
    await Promise.all(due.map(([key, board]) => this.#askBoard(key, board, now)));
  }

  async #askBoard(key, board, now) {
    const told = this.#server.leaderboards.find((each) => each.key === key);
    board.askedAt = now;
    board.problem = told ? null : "gone";
    if (!told) return;
    const { id, audience } = this.#server.buddy;
    const query = told.scope === "audience" ? `&audience=${audience}` : "";
    const ask = (path) => askJson(`${this.#api}/leaderboards/${key}${path}`, this.#token);
    try {
      const top = told.visibility === "public" ? ask(`?limit=10${query}`) : null;
      const [ranking, around] = await Promise.all([top, ask(`/around/${id}?n=2`)]);
      [board.ranking, board.around] = [ranking?.body ?? null, around.body];
    } catch (fault) {
      board.problem = fault.code;
    }
  }

  #plan() {
    clearTimeout(this.#timer);
    if (!this.#users || FINAL_PROBLEMS.has(this.problem)) return;
    this.#timer = setTimeout(() => this.refresh(), this.#delay());
  }

  #delay() {
    if (this.#failures) {
      const growing = Math.min(AWAY_MAX_MS, 1_000 * 2 ** this.#failures);
      return Math.max(this.#retryMs, growing * (0.75 + Math.random() / 4));
    }
    if (document.hidden) return HIDDEN_MS;
    if (this.#server?.pending_operations.length) return DRAWING_MS;
    return this.#unchanged > QUIET_AFTER ? QUIET_MS : BASE_MS;
  }

  /** Show a change at once; take it back if the server refuses it. */
  async #change(path, body, apply) {
    const change = { apply, isSettled: false };
    this.#changes.push(change);
    this.#unchanged = 0;
    this.#show();
    try {
      const answer = await this.#send(path, body);
      change.isSettled = true;
      await this.#askAgain();
      return answer;
    } catch (fault) {
      this.#changes = this.#changes.filter((each) => each !== change);
      this.#show();
      this.dispatchEvent(new CustomEvent("refused", { detail: fault }));
      if (fault.status) this.refresh();
      throw fault;
    }
  }

  #send(path, body) {
    return askJson(`${this.#api}${path}`, this.#token, { body }).then((answer) => answer.body);
  }

  #show() {
    if (this.#server) {
      this.state = structuredClone(this.#server);
      for (const change of this.#changes) change.apply(this.state);
    }
    this.dispatchEvent(new Event("change"));
  }

  #tell(arrived) {
    for (const { type, detail } of arrived) this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const FINAL_PROBLEMS = new Set(Object.values(FINAL));

function pay(state, key, amount) {
  const { primary, progression, all } = state.tokens;
  for (const token of new Set([primary, progression, ...all])) {
    if (token?.key === key) token.balance -= amount;
  }
  for (const item of state.items) {
    item.is_affordable = item.price.every(
      (part) => (all.find((token) => token.key === part.token)?.balance ?? 0) >= part.amount,
    );
  }
}
