/**
 * The public API, called with the session's cookie. The header is what makes the cookie count:
 * no form and no page of another origin can send it.
 */

const BASE = "/api/v1";
const OURS = { "X-Clutch-Console": "1" };
const UNTIL = "clutch-session-until"; // no secret: only whether it is worth asking who is signed in

/** A refusal: `status` 0 where nothing answered. */
export class ApiError extends Error {
  constructor(status, { code, message, requestId, details } = {}) {
    super(message ?? "The server can't be reached.");
    Object.assign(this, { status, code: code ?? "unreachable", requestId, details: details ?? {} });
  }
}

/** Told when a session has ended; set by the page's start. */
export const listeners = { ended: () => {} };

/** GET a path below the base path; null and empty values of the query are left out. */
export const get = (path, query, signal) => call("GET", path, { query, signal });

/** Any other call. A mutation carries a key, so that a second click on the same dialog counts once. */
export async function send(method, path, body, key = crypto.randomUUID()) {
  return call(method, path, { body, headers: { "Idempotency-Key": key } });
}

/** Trade a secret key for the cookie; the session. */
export async function signIn(secret) {
  const headers = { Authorization: `Bearer ${secret}` };
  const made = await read(await reach(`${BASE}/console-session`, { method: "POST", headers }));
  localStorage.setItem(UNTIL, made.expires_at);
  return made;
}

/** Who is signed in, or null. */
export async function session() {
  if (!(Date.parse(localStorage.getItem(UNTIL)) > Date.now())) return null;
  const answer = await reach(`${BASE}/console-session`, { headers: OURS });
  return answer.status === 401 ? null : read(answer);
}

/** End the session, wherever its cookie may be. */
export async function signOut() {
  await call("DELETE", "/console-session", {});
  localStorage.removeItem(UNTIL);
}

async function call(method, path, { query, body, headers, signal }) {
  const answer = await reach(address(path, query), {
    method,
    signal,
    headers: { ...OURS, ...headers, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  if (answer.status === 401) {
    localStorage.removeItem(UNTIL);
    listeners.ended();
  }
  return read(answer);
}

async function reach(url, init) {
  try {
    return await fetch(url, { ...init, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0);
  }
}

async function read(answer) {
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, body.error);
  return body;
}

function address(path, query) {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  return BASE + path + (given.length ? `?${new URLSearchParams(given)}` : "");
}
