/** Plots as SVG, drawn here. Each has its numbers beside it as a table, for those who read those. */

import { h, s } from "./dom.js";
import { short } from "./format.js";

const WIDTH = 560;
const WIDE = 1120;
const HEIGHT = 220;
const LEFT = 52;
const BOTTOM = 24;
const TOP = 10;
const TICKS = 4;
const LABEL = 58; // the width of a label and the space beside it

/** Bars up and down from zero: rows of `{label, up, down, hint}`. */
export function upAndDown(rows, { title }) {
  const scale = axis(
    Math.max(...rows.map((row) => row.up)),
    -Math.max(...rows.map((row) => row.down)),
  );
  const step = (WIDE - LEFT) / rows.length;
  const wide = Math.max(2, Math.min(28, step * 0.62));
  const bars = rows.map((row, index) => {
    const x = LEFT + step * index + (step - wide) / 2;
    return s(
      "g.mark",
      { tabindex: "0" },
      s("title", {}, row.hint),
      s("rect.hit", { x: LEFT + step * index, y: TOP, width: step, height: HEIGHT - TOP - BOTTOM }),
      bar("in", x, wide, scale(row.up), scale(0)),
      bar("out", x, wide, scale(0), scale(-row.down)),
    );
  });
  return frame(title, scale, [bars, labels(rows, step)], { width: WIDE });
}

/** One bar a row: `{label, value, hint}`. */
export function bars(rows, { title }) {
  const scale = axis(Math.max(...rows.map((row) => row.value)), 0);
  const step = (WIDTH - LEFT) / rows.length;
  const wide = Math.min(64, step * 0.6);
  const shown = rows.map((row, index) => {
    const x = LEFT + step * index + (step - wide) / 2;
    const text = s(
      "text.value",
      { x: x + wide / 2, y: scale(row.value) - 4, "text-anchor": "middle" },
      short(row.value),
    );
    return s(
      "g.mark",
      { tabindex: "0" },
      s("title", {}, row.hint),
      bar("plain", x, wide, scale(row.value), scale(0)),
      text,
    );
  });
  return frame(title, scale, [shown, labels(rows, step)]);
}

/** A line through rows of `{label, value, hint}`; a value of null leaves a gap. */
export function line(rows, { title, format = short }) {
  const scale = axis(Math.max(...rows.map((row) => row.value ?? 0)), 0);
  const step = (WIDTH - LEFT) / rows.length;
  const x = (index) => LEFT + step * (index + 0.5);
  let path = "";
  rows.forEach((row, index) => {
    if (row.value === null) return;
    path += `${index && rows[index - 1].value !== null ? "L" : "M"}${x(index).toFixed(1)} ${scale(row.value).toFixed(1)}`;
  });
  const dots = rows.map(
    (row, index) =>
      row.value !== null &&
      s(
        "g.mark",
        { tabindex: "0" },
        s("title", {}, row.hint),
        s("rect.hit", {
          x: x(index) - step / 2,
          y: TOP,
          width: step,
          height: HEIGHT - TOP - BOTTOM,
        }),
        s("circle", { cx: x(index), cy: scale(row.value), r: 3 }),
      ),
  );
  return frame(title, scale, [s("path.line", { d: path }), dots, labels(rows, step)], { format });
}

/** The numbers of a plot, folded away. */
export function numbers(heads, rows) {
  const cells = rows.map((row) =>
    h(
      "tr",
      {},
      row.map((cell, index) => h("td", { class: index ? "number" : "" }, cell)),
    ),
  );
  const head = h(
    "thead",
    {},
    h(
      "tr",
      {},
      heads.map((text, index) => h("th", { scope: "col", class: index ? "number" : "" }, text)),
    ),
  );
  return h(
    "details.numbers",
    {},
    h("summary", {}, "The numbers"),
    h("div.table-wrap", {}, h("table", {}, head, h("tbody", {}, cells))),
  );
}

function frame(title, scale, marks, { width = WIDTH, format = short } = {}) {
  const lines = scale.ticks.map((tick) => [
    s("line.grid", {
      x1: LEFT,
      x2: width,
      y1: scale(tick),
      y2: scale(tick),
      class: tick === 0 ? "zero" : "",
    }),
    s(
      "text.tick",
      { x: LEFT - 8, y: scale(tick) + 4, "text-anchor": "end" },
      format(Math.abs(tick)),
    ),
  ]);
  return s(
    "svg.plot",
    { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title },
    lines,
    marks,
  );
}

function bar(kind, x, width, top, bottom) {
  return s(`rect.bar-${kind}`, { x, width, y: top, height: Math.max(0, bottom - top), rx: 2 });
}

function labels(rows, step) {
  const every = Math.ceil(LABEL / step);
  return rows.map(
    (row, index) =>
      index % every === 0 &&
      s(
        "text.tick",
        { x: LEFT + step * (index + 0.5), y: HEIGHT - 6, "text-anchor": "middle" },
        row.label,
      ),
  );
}

/** From values to pixels, with round ticks that cover everything from `low` to `high`. */
function axis(high, low) {
  const span = high - low || 1;
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const [from, to] = [Math.floor(low / unit) * unit, Math.max(unit, Math.ceil(high / unit) * unit)];
  const scale = (value) => TOP + ((to - value) / (to - from)) * (HEIGHT - TOP - BOTTOM);
  scale.ticks = Array.from({ length: Math.round((to - from) / unit) + 1 }, (_, index) =>
    Number((from + index * unit).toPrecision(12)),
  );
  return scale;
}
