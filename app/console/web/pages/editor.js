/** A draft's document as text. Saving it changes the draft alone. */

import { send } from "../api.js";
import { reasons } from "../dialog.js";
import { fill, h } from "../dom.js";
import { busy, panel, toast } from "../parts.js";

/** The panel. */
export async function editor(found) {
  const text = h("textarea.document", {
    spellcheck: "false",
    "aria-label": "The document as JSON",
    rows: 28,
    value: JSON.stringify(found.document, null, 2),
  });
  const fault = h("div", { role: "alert" });
  const save = h("button.primary", {}, "Save the draft");
  save.addEventListener("click", () => busy(save, () => saved(found, text.value, fault)));
  const note = "A document with faults can be saved, but not published.";
  return panel("Document", { note, actions: save }, fault, text);
}

async function saved(found, text, fault) {
  fill(fault);
  let document;
  try {
    document = JSON.parse(text);
  } catch (error) {
    fill(fault, h("p.fault", {}, `This is no JSON: ${error.message}`));
    return;
  }
  try {
    await send("PUT", `/config-versions/${found.id}`, { document });
    toast("Saved. See what it changes, or dry-run it.");
  } catch (error) {
    if (!("status" in error)) throw error;
    fill(fault, reasons(error));
  }
}
