/** One call of the API: what it answers, or a `Fault` that says why not. */

const ATTEMPTS = 3;
const PAUSE_MS = 400;
const TIMEOUT_MS = 15_000;

export class Fault extends Error {
  /** `status` is 0 where no answer came; `retryMs` is what the server asks to wait. */
  constructor(code, message, { status = 0, details = {}, retryMs = 0 } = {}) {
    super(message);
    Object.assign(this, { code, status, details, retryMs });
  }
}

/** 32 random hex digits; `crypto.randomUUID` is missing on pages without TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * `{body, etag}`; `body` is null where the state with this `etag` is still the newest.
 *
 * A change is sent again, under the same key, when its answer was lost.
 */
export async function askJson(address, token, { body, etag } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (etag) headers["If-None-Match"] = etag;
  if (body) headers["Content-Type"] = "application/json";
  if (body) headers["Idempotency-Key"] = newId();
  const method = body ? "POST" : "GET";
  const wish = { method, headers, body: body && JSON.stringify(body), cache: "no-store" };
  const answer = await fetched(address, wish, body ? ATTEMPTS : 1);
  if (answer.status === 304) return { body: null, etag };
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return { body: told, etag: answer.headers.get("ETag") };
  const { code = "away", message = "", details = {} } = told?.error ?? {};
  const retryMs = 1_000 * (Number(answer.headers.get("Retry-After")) || 0);
  throw new Fault(code, message, { status: answer.status, details, retryMs });
}

async function fetched(address, wish, attempts) {
  try {
    return await fetch(address, { ...wish, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    if (!navigator.onLine) throw new Fault("offline", "There is no connection.");
    if (attempts === 1) throw new Fault("away", "The server did not answer.");
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  return fetched(address, wish, attempts - 1);
}
