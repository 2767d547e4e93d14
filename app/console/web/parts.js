/** What every page is made of: headings, tables, chips, and the states in which there is nothing. */

import { fill, h } from "./dom.js";
import { distance, moment, signed, tail } from "./format.js";
import { link } from "./router.js";

/** A page: title, what stands beside it, and its content. */
export function page(title, { note, actions, crumb } = {}, ...content) {
  const head = h(
    "header.page-head",
    {},
    h(
      "div",
      {},
      crumb && h("p.crumb", {}, crumb),
      h("h1", {}, title),
      note && h("p.note", {}, note),
    ),
    actions && h("div.actions", {}, actions),
  );
  return [head, ...content];
}

/** A titled box. */
export function panel(title, { note, actions, id } = {}, ...content) {
  const head = h(
    "header.panel-head",
    {},
    h("h2", {}, title),
    note && h("span.note", {}, note),
    actions && h("div.actions", {}, actions),
  );
  return h("section.panel", { id }, title && head, ...content);
}

/**
 * A table. Columns are `{label, cell(row), kind}` with kind `number` or `quiet`; `href(row)` makes
 * the whole row a link, whose text is the first cell's.
 */
export function table(columns, rows, { href, label, empty } = {}) {
  if (!rows.length) return empty ?? nothing("Nothing here yet.");
  const body = h(
    "tbody",
    {},
    rows.map((row) => tableRow(columns, row, href)),
  );
  const heads = columns.map((column) =>
    h("th", { scope: "col", class: column.kind }, column.label),
  );
  return h(
    "div.table-wrap",
    { tabindex: "0", role: "region", "aria-label": label },
    h("table", {}, h("thead", {}, h("tr", {}, heads)), body),
  );
}

/** One row of such a table. */
export function tableRow(columns, row, href) {
  const address = href?.(row);
  const cells = columns.map((column, index) => {
    const content = column.cell(row);
    const isLink = index === 0 && address;
    return h(
      "td",
      { class: column.kind },
      isLink ? h("a.row-link", { href: address }, content) : content,
    );
  });
  return h("tr", { class: address ? "linked" : "" }, cells);
}

/** A feed: a table with a button for what came before. `load(cursor)` gives `{data, next_cursor}`. */
export async function feed(columns, load, { href, label, empty } = {}) {
  const first = await load(null);
  const shown = table(columns, first.data, { href, label, empty });
  if (!first.next_cursor) return shown;
  let cursor = first.next_cursor;
  const more = h("button.quiet", {}, "Show older");
  more.addEventListener("click", async () => {
    await busy(more, async () => {
      const next = await load(cursor);
      shown.querySelector("tbody").append(...next.data.map((row) => tableRow(columns, row, href)));
      cursor = next.next_cursor;
      if (!cursor) more.remove();
    });
  });
  return [shown, h("div.more", {}, more)];
}

/** Previous and next of a list with `meta: {total, page, limit}`. */
export function pager({ total, page: at, limit }, goTo) {
  const last = Math.max(1, Math.ceil(total / limit));
  if (last === 1) return null;
  const step = (text, to) =>
    h("button.quiet", { disabled: to < 1 || to > last, onclick: () => goTo(to) }, text);
  return h(
    "nav.pager",
    { "aria-label": "Pages" },
    step("Newer", at - 1),
    h("span", {}, `${at} of ${last}`),
    step("Older", at + 1),
  );
}

/** A state as a coloured word. */
export function chip(text, tone = "plain") {
  return h(`span.chip.${tone}`, {}, text);
}

const TONES = {
  succeeded: "good",
  applied: "good",
  published: "good",
  active: "good",
  completed: "good",
  decided: "good",
  failed: "bad",
  rejected: "bad",
  revoked: "bad",
  voided: "bad",
  crashed: "bad",
  pending: "warn",
  paused: "warn",
  abandoned: "warn",
  pending_verification: "warn",
  draft: "warn",
  expired: "warn",
  live: "accent",
  allocating: "accent",
  waiting: "accent",
  reported: "accent",
};

/** A status in its colour. */
export const status = (name) => chip(name.replaceAll("_", " "), TONES[name] ?? "plain");

/** An amount with its sign, and the token. */
export function amount(value, token, { isLucky } = {}) {
  return h(
    `span.amount.${value < 0 ? "out" : "in"}`,
    {},
    signed(value),
    token && [" ", h("span.token", {}, token)],
    isLucky && [" ", chip("lucky", "accent")],
  );
}

/** An instant; the exact one in UTC on hovering. */
export function time(text, { isRelative } = {}) {
  if (!text) return h("span.quiet", {}, "–");
  return h(
    "time",
    { datetime: text, title: `${text} (${distance(text)})` },
    isRelative ? distance(text) : moment(text),
  );
}

/** A machine's name for something. */
export const code = (text) => h("code", {}, text);

/** A long id, shortened; whole on hovering and when copied. */
export const shortId = (id) => h("code", { title: id }, tail(id));

/** A link into the console. */
export const to = (parts, text, query) => h("a", { href: link(parts, query) }, text);

/** Facts beside each other: pairs of a name and a value. */
export function facts(pairs) {
  const there = pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined);
  return h(
    "dl.facts",
    {},
    there.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** A figure with its name above and more about it below. */
export function stat(name, value, more) {
  return h(
    "div.stat",
    {},
    h("span.note", {}, name),
    h("strong", {}, value),
    h("span.note", {}, more),
  );
}

/** Tabs that are links; `chosen` is the key of one of `[key, text]`. */
export function tabs(label, choices, chosen, href) {
  const items = choices.map(([key, text]) =>
    h("a", { href: href(key), "aria-current": key === chosen ? "page" : null }, text),
  );
  return h("nav.tabs", { "aria-label": label }, items);
}

/** A row of fields that filter what is below. `changed(name, value)` hears of each. */
export function filters(fields, changed) {
  const shown = fields.map(({ name, label, value, options, placeholder }) => {
    const hear = (event) => changed(name, event.target.value.trim());
    const control = options
      ? h(
          "select",
          { onchange: hear, name },
          options.map(([key, text]) =>
            h("option", { value: key, selected: key === (value ?? "") }, text),
          ),
        )
      : h("input", {
          type: "search",
          value: value ?? "",
          placeholder,
          onchange: hear,
          name,
          autocomplete: "off",
          spellcheck: "false",
        });
    return h("label.field", {}, h("span", {}, label), control);
  });
  return h("form.filters", { role: "search", onsubmit: (event) => event.preventDefault() }, shown);
}

/** There is nothing, and what to do about it. */
export function nothing(text, hint) {
  return h("div.state", {}, h("p", {}, text), hint && h("p.note", {}, hint));
}

/** It takes a moment. */
export function waiting() {
  return h(
    "div.skeleton",
    { role: "status", "aria-label": "Loading" },
    [60, 100, 92, 97, 85, 94].map((width) => h(`i.w${width}`)),
  );
}

/** It did not work: what was said, and a way on. */
export function problem(error, again) {
  const isOurs = !("status" in error);
  const text = isOurs ? "This page has a fault." : error.message;
  return h(
    "div.state.problem",
    { role: "alert" },
    h("p", {}, text),
    h("p.note", {}, error.code, error.requestId && [" · request ", code(error.requestId)]),
    again && h("button", { onclick: again }, "Try again"),
  );
}

/** Keep a button from being pressed twice while something is under way. */
export async function busy(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    if (!("status" in error) && error.name !== "AbortError") throw error;
    toast(error.message, "bad");
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** A sentence at the edge of the window, for a while. */
export function toast(text, tone = "good") {
  let place = document.getElementById("toasts");
  if (!place)
    document.body.append(
      (place = h("div", { id: "toasts", role: "status", "aria-live": "polite" })),
    );
  const shown = h(`p.toast.${tone}`, {}, text);
  place.append(shown);
  setTimeout(() => shown.remove(), 6000);
}

/** Swap a place's content for what work gives; states of waiting and failing included. */
export async function into(place, work) {
  fill(place, waiting());
  try {
    fill(place, await work());
  } catch (error) {
    if (error.name === "AbortError") return;
    fill(
      place,
      problem(error, () => into(place, work)),
    );
    if (!("status" in error)) throw error;
  }
}
