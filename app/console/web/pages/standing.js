/** Where a buddy stands: skills, badges with what is missing, streaks, counters, caps. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { number, percent } from "../format.js";
import { chip, code, nothing, panel, table, time } from "../parts.js";

/** The panels. */
export async function standing(buddy, signal) {
  const found = await get(`/buddies/${buddy.buddy_id}/progression`, {}, signal);
  return h(
    "div.columns",
    {},
    badges(found.badges),
    skills(found.skills),
    streaks(found.streaks),
    counters(found.counters),
    caps(found.caps),
  );
}

function badges({ earned, ready, locked }) {
  const rows = [
    ...earned.map((badge) => ({
      ...badge,
      state: chip("earned", "good"),
      more: time(badge.awarded_at),
    })),
    ...ready.map((badge) => ({
      ...badge,
      state: chip("ready", "accent"),
      more: "waits to be awarded by hand",
    })),
    ...locked.map((badge) => ({
      ...badge,
      state: bar(badge.progress),
      more: badge.missing.join(" ") || (badge.mode === "manual" ? "awarded by hand" : ""),
    })),
  ];
  const columns = [
    { label: "Badge", cell: (badge) => [badge.label, " ", code(badge.badge_key)] },
    { label: "State", cell: (badge) => badge.state },
    { label: "What is missing", kind: "quiet", cell: (badge) => badge.more },
  ];
  return panel(
    "Badges",
    {},
    table(columns, rows, { label: "Badges", empty: nothing("These rules have no badges.") }),
  );
}

function bar(share) {
  return h(
    "span.bar",
    {},
    h("progress", { max: 1, value: String(share), "aria-label": percent(share) }),
    percent(share),
  );
}

function skills(rows) {
  const columns = [
    { label: "Skill", cell: (skill) => [skill.label, " ", code(skill.key)] },
    { label: "Level", kind: "number", cell: (skill) => number(skill.level) },
    {
      label: "Points",
      kind: "number",
      cell: (skill) => `${number(skill.value)} of ${number(skill.max)}`,
    },
  ];
  return panel(
    "Skills",
    {},
    table(columns, rows, { label: "Skills", empty: nothing("These rules have no skills.") }),
  );
}

function streaks(rows) {
  const columns = [
    { label: "Streak", cell: (streak) => [streak.label, " ", code(streak.key)] },
    { label: "Kind", cell: (streak) => streak.kind },
    { label: "Now", kind: "number", cell: (streak) => number(streak.count) },
    {
      label: "Freezes left",
      kind: "number",
      cell: (streak) => (streak.freezes_left === null ? "–" : number(streak.freezes_left)),
    },
    { label: "Paid", cell: (streak) => streak.milestones.join(", ") || "–" },
  ];
  return panel(
    "Streaks",
    {},
    table(columns, rows, { label: "Streaks", empty: nothing("These rules have no streaks.") }),
  );
}

function counters(found) {
  const columns = [
    { label: "Event", cell: ([name]) => code(name) },
    { label: "Times", kind: "number", cell: ([, times]) => number(times) },
  ];
  return panel(
    "Counters",
    {},
    table(columns, Object.entries(found), {
      label: "Counters",
      empty: nothing("Nothing was counted yet."),
    }),
  );
}

function caps(rows) {
  const left = (value) => (value === null ? "–" : number(value));
  const columns = [
    { label: "Rule", cell: (cap) => code(cap.rule) },
    { label: "Left today", kind: "number", cell: (cap) => left(cap.daily) },
    { label: "This week", kind: "number", cell: (cap) => left(cap.weekly) },
    { label: "Ever", kind: "number", cell: (cap) => left(cap.total) },
  ];
  return panel(
    "What rules may still give",
    {},
    table(columns, rows, { label: "Caps", empty: nothing("No rule has a cap.") }),
  );
}
