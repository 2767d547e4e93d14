/** The start: who is signed in, and what the address asks for. */

import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { problem, waiting } from "./parts.js";
import { current, find, go } from "./router.js";
import { ROUTES } from "./routes.js";
import { shell } from "./shell.js";
import { signInForm } from "./signin.js";

let leaving = new AbortController();
let frame = null;

/** Show the sign-in form, with a reason if there is one; the address stays. */
function showSignIn(reason) {
  leaving.abort();
  frame?.close();
  frame = null;
  document.title = "Sign in · Clutch console";
  fill(document.body, signInForm(reason, start));
}

/** Build the frame around the pages for a session. */
function start(session) {
  frame = shell(session, { onEnd: () => showSignIn("You have signed out.") });
  fill(document.body, frame.element);
  show();
}

/** Show what the address asks for; whatever the page before was waiting for is given up. */
async function show() {
  if (!frame) return;
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { parts, query } = current();
  if (!parts.length) return go("#/events", { replace: true });
  frame.mark(parts[0]);
  const found = find(ROUTES, parts);
  const main = h("main.page", { id: "main", tabindex: "-1" });
  const slow = setTimeout(() => !main.childElementCount && fill(main, waiting()), 150);
  frame.put(main);
  try {
    if (!found)
      throw new api.ApiError(404, { code: "route_not_found", message: "There is no such page." });
    const { title, content } = await found.page({
      names: found.names,
      query,
      signal,
      session: frame.session,
    });
    if (signal.aborted) return;
    document.title = `${title} · Clutch console`;
    fill(main, content);
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    document.title = "Clutch console";
    fill(main, problem(error, show));
    if (!(error instanceof api.ApiError)) throw error;
  } finally {
    clearTimeout(slow);
  }
}

api.listeners.ended = () =>
  frame && showSignIn("The session has ended. Sign in again; you come back to this page.");
addEventListener("hashchange", show);

try {
  const session = await api.session();
  if (session) start(session);
  else showSignIn(null);
} catch (error) {
  fill(
    document.body,
    h(
      "main.page",
      {},
      problem(error, () => location.reload()),
    ),
  );
}
