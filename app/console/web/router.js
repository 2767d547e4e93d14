/**
 * Addresses behind the `#`: every view has one, so that it can be sent to a colleague.
 * `#/players/ann?tab=events` shows the page of `/players/:id` with `{id: "ann"}` and its query.
 */

/** The address of a view; parts are encoded, empty values of the query left out. */
export function link(parts, query = {}) {
  const path = [parts].flat().map(encodeURIComponent).join("/");
  const given = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

/** Go to another view; `replace` leaves no step back. */
export function go(address, { replace = false } = {}) {
  if (!replace) location.hash = address;
  else {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

/** The same view with a changed query. */
export function requery(changes) {
  const { parts, query } = current();
  go(link(parts, { ...query, ...changes }), { replace: true });
}

/** What the address says now. */
export function current() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { parts, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The page for an address and the names in it; null where there is none. */
export function find(routes, parts) {
  for (const [pattern, page] of routes) {
    const wanted = pattern.split("/").filter(Boolean);
    if (wanted.length !== parts.length) continue;
    if (!wanted.every((part, index) => part.startsWith(":") || part === parts[index])) continue;
    const names = wanted.flatMap((part, index) =>
      part.startsWith(":") ? [[part.slice(1), parts[index]]] : [],
    );
    return { page, names: Object.fromEntries(names) };
  }
  return null;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
