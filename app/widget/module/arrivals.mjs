/** What is new in a state: badges, also those of while the page was closed, stages and streaks. */

export function arrivals(before, after) {
  const held = heldBefore(before, after);
  const badges = after.badges.filter((badge) => badge.status === "earned");
  remember(after.buddy.id, badges);
  const arrived = badges
    .filter((badge) => held && !held.has(badge.badge_key))
    .map((badge) => ({ type: "badge", detail: badge }));
  if (!before || before.buddy.id !== after.buddy.id) return arrived;
  if (after.buddy.stage > before.buddy.stage) {
    arrived.push({ type: "stage", detail: after.buddy });
  }
  for (const streak of after.streaks) {
    const old = before.streaks.find((each) => each.key === streak.key);
    if (old && streak.count > old.count) arrived.push({ type: "streak", detail: streak });
  }
  return arrived;
}

/** The badges that this browser knows of; null where it never saw this buddy. */
function heldBefore(before, after) {
  if (before?.buddy.id === after.buddy.id) {
    return new Set(before.badges.filter((each) => each.awarded_at).map((each) => each.badge_key));
  }
  try {
    const kept = localStorage.getItem(storageKey(after.buddy.id));
    return kept && new Set(JSON.parse(kept));
  } catch {
    return null; // pages in frames may have no storage
  }
}

function remember(buddyId, badges) {
  try {
    const keys = badges.map((badge) => badge.badge_key);
    localStorage.setItem(storageKey(buddyId), JSON.stringify(keys));
  } catch {
    return;
  }
}

function storageKey(buddyId) {
  return `clutch:badges:${buddyId}`;
}
