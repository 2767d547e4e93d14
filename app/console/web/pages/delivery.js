/** A delivery: what is sent, every attempt, and sending it again. */

import { get, send } from "../api.js";
import { confirm } from "../dialog.js";
import { fill, h } from "../dom.js";
import { count, duration, number } from "../format.js";
import { jsonText } from "../json.js";
import {
  code,
  facts,
  nothing,
  page,
  panel,
  shortId,
  status,
  table,
  time,
  to,
  toast,
} from "../parts.js";

const LOOK_AGAIN_MS = 700;
const LOOKS_MAX = 30;

/** The page. */
export async function delivery({ names, signal }) {
  const path = `/webhook-deliveries/${encodeURIComponent(names.id)}`;
  const place = h("div");
  const draw = async () => {
    const found = await get(path, {}, signal);
    fill(place, content(found, again, await cause(found, signal)));
    return found;
  };
  const again = async (found) => {
    const sent = await confirm({
      title: "Send this delivery again?",
      says: [
        `${found.event} is sent to its endpoint now, once more, with the same body and a fresh signature.`,
        found.status === "succeeded"
          ? "The endpoint has taken it before: a receiver that does not look at webhook-id will count it twice."
          : "If it fails again, the retries begin from the start.",
      ],
      button: "Send again",
      act: () => send("POST", `${path}/replay`),
    });
    if (sent) await watch(found.attempts, draw, signal);
  };
  const found = await draw();
  return { title: `Delivery of ${found.event}`, content: place };
}

/** Look until the attempt was made. */
async function watch(before, draw, signal) {
  toast("It is due now; the page shows the attempt as soon as it was made.");
  for (let look = 0; look < LOOKS_MAX && !signal.aborted; look += 1) {
    const found = await draw();
    if (found.attempts > before && found.status !== "pending") return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function content(found, again, causedBy) {
  const button = h("button.primary", { onclick: () => again(found) }, "Send again");
  return page(
    [found.event, " ", status(found.status)],
    { crumb: [to("deliveries", "Webhooks"), " / ", code(found.id)], actions: button },
    facts([
      ["Made", time(found.created_at)],
      ["Last attempt", found.last_attempt_at && time(found.last_attempt_at)],
      ["Next attempt", found.next_attempt_at && time(found.next_attempt_at)],
      ["Caused by", causedBy],
      [
        "Endpoint",
        to("deliveries", shortId(found.endpoint_id), { endpoint_id: found.endpoint_id }),
      ],
      [
        "Waits for",
        found.waits_for && to(["deliveries", found.waits_for], shortId(found.waits_for)),
      ],
      ["Error", found.error],
    ]),
    attempts(found),
    panel("What is sent", {}, jsonText(found.body)),
  );
}

/** A link to the event or the match that it followed from; both are called as their sender liked. */
async function cause({ event, caused_by: id }, signal) {
  if (!id) return null;
  const isMatch =
    event.startsWith("match.") ||
    !(await get(`/events/${encodeURIComponent(id)}`, {}, signal).catch(absent));
  return isMatch ? ["match ", to(["matches", id], id)] : to(["events", id], id);
}

function absent(error) {
  if (error.status === 404) return null;
  throw error;
}

function attempts(found) {
  const columns = [
    { label: "Attempt", kind: "number", cell: (attempt) => number(attempt.number) },
    { label: "Answer", cell: (attempt) => answer(attempt) },
    { label: "Took", kind: "number", cell: (attempt) => duration(attempt.duration_ms) },
    { label: "Begun", kind: "quiet", cell: (attempt) => time(attempt.started_at) },
    {
      label: "What came back",
      cell: (attempt) =>
        attempt.answer
          ? h(
              "details.inline",
              {},
              h("summary", {}, count(attempt.answer.length, "character")),
              h("pre", {}, attempt.answer),
            )
          : "–",
    },
  ];
  return panel(
    "Attempts",
    { note: String(found.attempts) },
    table(columns, found.attempt_log, {
      label: "Attempts",
      empty: nothing("It was not tried yet."),
    }),
  );
}

function answer(attempt) {
  const isGood = attempt.status >= 200 && attempt.status < 300;
  return [
    attempt.status && h(`span.chip.${isGood ? "good" : "bad"}`, {}, String(attempt.status)),
    attempt.error && [" ", attempt.error],
  ];
}
