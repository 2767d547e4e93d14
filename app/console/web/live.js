/**
 * Following the log forward with a cursor. The feed ends two seconds before now, so that no event
 * that is committed late is skipped; what is shown already comes again and is left out by its id.
 */

import { get } from "./api.js";

const PAUSE_MS = 1500;
const REST_MS = 15_000;
const PAGE = 200;

/** Begin to follow; `{toggle}` pauses and goes on. `tell(text)` hears of trouble. */
export function follow(wanted, cursor, { signal, add, tell }) {
  const state = { isOn: true, cursor, timer: 0 };
  const again = (ms) => {
    clearTimeout(state.timer);
    if (!signal.aborted) state.timer = setTimeout(step, ms);
  };
  const step = async () => {
    if (!state.isOn || document.hidden) return again(PAUSE_MS);
    try {
      const found = await get(
        "/events",
        { ...wanted, order: "asc", cursor: state.cursor, limit: PAGE },
        signal,
      );
      state.cursor = found.next_cursor ?? state.cursor;
      add(found.data);
      tell("");
      again(found.data.length === PAGE ? 0 : PAUSE_MS);
    } catch (error) {
      if (error.name === "AbortError" || error.status === 401) return;
      tell(
        error.status === 429 ? "Slowed down by the rate limit." : "Not up to date; trying again.",
      );
      again(REST_MS);
    }
  };
  signal.addEventListener("abort", () => clearTimeout(state.timer));
  again(PAUSE_MS);
  return {
    toggle() {
      state.isOn = !state.isOn;
      return state.isOn;
    },
  };
}
