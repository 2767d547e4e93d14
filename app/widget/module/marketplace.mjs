/** The shop: what can be bought, worn and taken off. What is pressed shows at once. */

import { h } from "./dom.mjs";
import { ClutchElement, nothing } from "./element.mjs";
import { icon } from "./icons.mjs";
import { numberText, tokenLabel } from "./text.mjs";

const CSS = `
.tabs { display: flex; gap: 4px; margin: -2px 0 14px; }
.tabs button { border-radius: 99px; background: none; color: var(--muted); padding: 8px 13px; min-height: 32px; }
.tabs button[aria-pressed="true"] { background: var(--raised); color: var(--text); }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 12px; }
li {
  display: flex; flex-direction: column; border-radius: calc(var(--radius) - 4px); padding: 10px;
  background: var(--raised); gap: 3px; --rarity: var(--muted); min-width: 0;
}
.uncommon { --rarity: light-dark(#1d7f55, #5fd3a0); }
.rare { --rarity: light-dark(#1f6fc4, #6cb4ff); }
.epic { --rarity: light-dark(#8a3fd1, #c79bff); }
.legendary { --rarity: light-dark(#b06a00, #f0b93f); }
.picture {
  aspect-ratio: 1.25; border-radius: 10px; display: grid; place-items: center; overflow: hidden;
  background: color-mix(in srgb, var(--rarity) 16%, light-dark(var(--bg), #4a4654)); position: relative; margin-bottom: 6px;
}
.picture img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; padding: 6px; }
.background .picture img { object-fit: cover; padding: 0; }
.picture > .icon { font-size: 38px; color: var(--rarity); opacity: .6; }
.picture .chip { position: absolute; top: 6px; right: 6px; background: var(--bg); color: var(--good); }
strong { font-size: 14px; font-weight: 630; line-height: 1.25; overflow-wrap: anywhere; }
.rarity { color: var(--rarity); font-size: 12px; font-weight: 600; text-transform: capitalize; }
.foot { display: flex; align-items: center; gap: 6px; margin-top: auto; padding-top: 8px; flex-wrap: wrap; }
.price { display: inline-flex; gap: 4px; align-items: center; font-weight: 650; font-size: 14px; flex: 1; font-variant-numeric: tabular-nums; }
.price .icon { color: var(--gold); }
.price.short { color: var(--muted); }
.foot button { flex: 1; }
`;

const STANDING_FOR = { booster: "bolt" };

export class ClutchMarketplace extends ClutchElement {
  static css = CSS;
  static title = "Shop";
  static bones = [120, 120, 120];
  #isOwnedOnly = false;

  view(state) {
    if (!state.items) return nothing("bag", "There is no shop here.");
    if (!state.items.length) return nothing("bag", "The shop is empty for now.");
    const shown = state.items.filter((item) => !this.#isOwnedOnly || item.owned);
    const empty = nothing("bag", "What you buy is kept here.");
    const tiles = h("ul", {}, shown.map((item) => this.#tile(state, item)));
    return [this.#tabs(state.items), shown.length ? tiles : empty];
  }

  #tabs(items) {
    const owned = items.filter((item) => item.owned).length;
    const tab = (text, isOwnedOnly) =>
      h(
        "button",
        {
          key: text,
          "aria-pressed": String(this.#isOwnedOnly === isOwnedOnly),
          onclick: () => {
            this.#isOwnedOnly = isOwnedOnly;
            this.render();
          },
        },
        isOwnedOnly ? `${text} (${owned})` : text,
      );
    return h("div", { class: "tabs" }, tab("Everything", false), tab("Mine", true));
  }

  #tile(state, item) {
    const source = this.connection.address(item.image_url);
    return h(
      "li",
      { key: item.item_id, class: `${item.rarity} ${item.category}`, title: item.description },
      h(
        "div",
        { class: "picture" },
        source ? h("img", { src: source, alt: "", loading: "lazy" }) : icon(STANDING_FOR[item.category] ?? "bag"),
        item.is_equipped && h("span", { class: "chip" }, icon("check"), "Worn"),
      ),
      h("strong", {}, item.name),
      h("span", { class: "rarity" }, item.rarity, stock(item)),
      h("div", { class: "foot" }, price(state, item), this.#action(state, item)),
    );
  }

  #action(state, item) {
    const { connection } = this;
    const canBuy = item.is_for_sale && item.owned < item.per_buddy_limit;
    if (item.owned && (!canBuy || item.is_equipped || !connection.may("marketplace:purchase"))) {
      return connection.may("items:equip") && this.#wearing(state, item);
    }
    if (!canBuy || !connection.may("marketplace:purchase")) return null;
    const isSold = item.stock_left === 0;
    const text = isSold ? "Sold out" : "Buy";
    const label = `${text}: ${item.name}${isSold ? "" : `, ${priceText(state, item)}`}`;
    const isClosed = isSold || !item.is_affordable;
    const buy = () => quietly(connection.purchase(item.item_id));
    const more = { key: "act", "aria-label": label, disabled: isClosed, onclick: buy };
    return h("button", { class: "main", ...more }, text);
  }

  #wearing(state, item) {
    const { connection } = this;
    const off = { unequip: [item.item_id] };
    const instead = state.items.filter((other) => isInTheWay(other, item));
    const on = { equip: [item.item_id], unequip: instead.map((other) => other.item_id) };
    const text = item.is_equipped ? "Take off" : "Wear";
    const change = () => quietly(connection.equip(item.is_equipped ? off : on));
    return h(
      "button",
      { key: "act", "aria-label": `${text}: ${item.name}`, onclick: change },
      text,
    );
  }
}

/** The refusal is shown by the root, which hears of it too. */
function quietly(promise) {
  promise.catch((fault) => {
    if (fault.status === undefined) throw fault;
  });
}

function isInTheWay(other, item) {
  const isSamePlace = other.category === item.category && item.category !== "accessory";
  return other.is_equipped && isSamePlace && other !== item;
}

function stock({ stock_left: left, is_for_sale: isForSale }) {
  if (left === null || !isForSale) return null;
  return ` · ${numberText(left)} left`;
}

function price(state, item) {
  const isBought = item.owned >= item.per_buddy_limit || !item.is_for_sale;
  if (isBought) return null;
  const parts = item.price.map(({ token, amount }) => [
    icon("coin"),
    numberText(amount),
    h("span", { class: "hidden" }, tokenLabel(state, token)),
  ]);
  const kind = item.is_affordable ? "price" : "price short";
  return h("span", { class: kind }, parts.length ? parts : "Free");
}

function priceText(state, item) {
  const parts = item.price.map(
    ({ token, amount }) => `${numberText(amount)} ${tokenLabel(state, token)}`,
  );
  return parts.join(" and ") || "free";
}
