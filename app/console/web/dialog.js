/** Dialogs: nothing is changed before one has said what will happen. */

import { ApiError } from "./api.js";
import { fill, h } from "./dom.js";
import { code } from "./parts.js";

/**
 * Ask before doing. `says` is what will happen, `fields` more to fill in; `act(values)` does it. The
 * dialog stays open with the reason when it is refused. Returns what `act` gave, or undefined.
 */
export function confirm({ title, says, button, tone = "primary", fields = [], act }) {
  return new Promise((resolve) => {
    const fault = h("div", { role: "alert" });
    const yes = h(`button.${tone}`, { type: "submit" }, button);
    const no = h("button.quiet", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, title),
      h(
        "div.says",
        {},
        says.map((line) => h("p", {}, line)),
      ),
      fields,
      fault,
      h("footer", {}, no, yes),
    );
    const dialog = opened(form);
    let given;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      yes.disabled = true;
      try {
        given = await act(Object.fromEntries(new FormData(form)));
        dialog.close();
      } catch (error) {
        fill(fault, reasons(error));
        if (!(error instanceof ApiError)) throw error;
      } finally {
        yes.disabled = false;
      }
    });
    dialog.addEventListener("close", () => resolve(given));
    (fields.length ? form.querySelector("input, select, textarea") : no).focus();
  });
}

/** Show something that is not shown again, until it is put away. */
export function reveal(title, says, secret) {
  return new Promise((resolve) => {
    const shown = h("input.secret", {
      readonly: true,
      value: secret,
      "aria-label": title,
      onfocus: (event) => event.target.select(),
    });
    const copy = h("button", { type: "button", onclick: () => copied(copy, secret) }, "Copy");
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, title),
      h("p", {}, says),
      h("div.secret-row", {}, shown, copy),
      h("footer", {}, h("button.primary", {}, "I have kept it")),
    );
    opened(form).addEventListener("close", resolve);
    shown.focus();
  });
}

/** A dialog with any content. */
export function show(title, ...content) {
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", {}, title),
    content,
    h("footer", {}, h("button", {}, "Close")),
  );
  opened(form);
}

/** A labelled field of a dialog. */
export function field(label, name, { options, hint, ...props } = {}) {
  const control = options
    ? h(
        "select",
        { name, ...props },
        options.map(([value, text]) => h("option", { value }, text)),
      )
    : h("input", { name, autocomplete: "off", ...props });
  return h("label.field", {}, h("span", {}, label), control, hint && h("small.note", {}, hint));
}

/** What a refusal says, with every field that is wrong. */
export function reasons(error) {
  const fields = error.details?.fields ?? error.details?.faults ?? [];
  const lines = fields.map((each) =>
    h("li", {}, code(each.path ?? each.pointer ?? ""), " ", each.message),
  );
  return h(
    "div.fault",
    {},
    lines.length > 1 ? "Some of this can't be taken:" : error.message,
    lines.length > 1 && h("ul", {}, lines),
  );
}

function opened(form) {
  const dialog = h("dialog", {}, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

async function copied(button, text) {
  await navigator.clipboard.writeText(text);
  fill(button, "Copied");
}
