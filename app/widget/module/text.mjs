/** Words and numbers as people read them, in the language of the page where that is known. */

const PERIODS = { daily: "today", weekly: "this week", monthly: "this month" };
const UNITS = { daily: "day", weekly: "week", monthly: "month", win: "win" };

export function numberText(number) {
  return new Intl.NumberFormat(document.documentElement.lang || undefined).format(number);
}

export function shareText(share) {
  return `${Math.floor(share * 100)} %`;
}

/** `3 days`, `1 win`. */
export function lengthText(kind, count) {
  return `${numberText(count)} ${UNITS[kind]}${count === 1 ? "" : "s"}`;
}

export function periodText(kind) {
  return PERIODS[kind] ?? "";
}

/** `+100 Coins, +20 Experience`. */
export function rewardText(state, tokens) {
  return Object.entries(tokens)
    .map(([key, amount]) => `+${numberText(amount)} ${tokenLabel(state, key)}`)
    .join(", ");
}

export function tokenLabel(state, key) {
  return state.tokens.all.find((token) => token.key === key)?.label ?? key;
}

export function dateText(instant) {
  const day = { day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, day).format(
    new Date(instant),
  );
}

/** What a person is told about a refusal, by its code. */
export function refusalText(fault) {
  const told = {
    insufficient_balance: "There is not enough to pay for this.",
    too_many_items: `At most ${fault.details.max} things can be worn at once.`,
    category_conflict: "Something else is worn there. Take it off first.",
    rate_limited: "That was a little fast. Try again in a moment.",
    unauthorized: "This session has ended.",
    forbidden: "This page may not do that.",
    offline: "You are offline. Nothing was changed.",
    away: "The server did not answer. Try again in a moment.",
  };
  const sold = {
    sold_out: "Somebody was faster: every piece is sold.",
    limit_reached: "You have as many of this as you may.",
    not_visible: "This is not for sale any more.",
  };
  return sold[fault.details.reason] ?? told[fault.code] ?? fault.message;
}
