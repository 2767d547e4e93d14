"""What a customer does with rewards: rules of its own, a badge by hand, a gate, an explanation."""

from collections.abc import Sequence
from typing import Any

from calls import Clutch
from narrator import Narrator
from rich.markup import escape

READY_BADGE = "iron-will"
BY_HAND_BADGE = "fair-play"
GATE = "winners-lounge"


async def publish_rules(clutch: Clutch, narrator: Narrator) -> None:
    """Add a badge to the arena's rules: draft, replace, validate, publish."""
    draft = await clutch.post("/config-versions", {})
    badge = {
        "key": READY_BADGE,
        "label": "Iron will",
        "description": "Ready after three matches played to the end; a person hands it over.",
        "mode": "manual",
        "when": {"type": "event_count", "event_type": "match_completed", "gte": 3},
        "tokens": {"coins": 60},
    }
    document = draft["document"]
    document["badges"].append(badge)
    await clutch.put(f"/config-versions/{draft['id']}", {"document": document})
    checked = await clutch.get(f"/config-versions/{draft['id']}/validation")
    assert checked["valid"], checked
    await clutch.post(f"/config-versions/{draft['id']}/publish")
    narrator.say(f"Rules published, with a badge of its own: [bold]{READY_BADGE}[/bold]")


async def award_badge(
    clutch: Clutch, narrator: Narrator, buddies: dict[str, dict[str, Any]]
) -> None:
    """Hand over the manual badge that has become ready; after few matches, one that needs none."""
    chosen, badge, why = max(buddies, key=lambda user: buddies[user]["coins"]), BY_HAND_BADGE, ""
    for user_id, buddy in buddies.items():
        badges = await clutch.get(f"/buddies/{buddy['id']}/badges")
        if badges["ready"]:
            chosen, badge, why = user_id, badges["ready"][0]["badge_key"], " that became ready"
            break
    await clutch.post(f"/buddies/{buddies[chosen]['id']}/badges", {"badge_key": badge})
    narrator.say(f"{chosen} is awarded a badge{why}: [bold]{badge}[/bold]")


async def open_gate(clutch: Clutch, narrator: Narrator, buddies: dict[str, dict[str, Any]]) -> None:
    """A gate that the richest can pay for, and the poorest cannot."""
    by_coins = sorted(buddies, key=lambda user_id: buddies[user_id]["coins"])
    poor, rich = by_coins[0], by_coins[-1]
    cost = (buddies[poor]["coins"] + buddies[rich]["coins"]) // 2 + 1
    gate = {"gate_key": GATE, "token_key": "coins", "cost": cost, "label": "Winners' lounge"}
    await clutch.post("/gates", gate)
    narrator.say(f"A gate is made: [bold]{GATE}[/bold], {cost} coins")
    unlocked = await clutch.post(f"/buddies/{buddies[rich]['id']}/gates/{GATE}/unlock")
    narrator.say(f"{rich} opens it and has {unlocked['balance_after']} coins left")
    refusal = await clutch.refused(
        f"/buddies/{buddies[poor]['id']}/gates/{GATE}/unlock", "insufficient_balance"
    )
    narrator.say(f"{poor} can't: [yellow]{refusal['code']}[/yellow], {escape(refusal['message'])}")


async def explain_best(
    clutch: Clutch, narrator: Narrator, matches: Sequence[dict[str, Any]]
) -> None:
    """Why the event that brought the most coins did so, rule by rule."""
    ids = [
        event_id
        for match in matches
        for player in match["players"]
        for event_id in player["event_ids"]
    ]
    events = [await clutch.get(f"/events/{event_id}") for event_id in ids]
    best = max(events, key=lambda event: event["effects"]["coins"])
    coins = best["effects"]["coins"]
    narrator.chapter(f"Why did {best['user_id']} get {coins} coins?")
    narrator.say(f"An event [bold]{best['type']}[/bold]: {escape(best['event_id'])}")
    gave = [line for line in best["explanation"] if "number" in line]
    rest = [line for line in best["explanation"] if "number" not in line]
    for line in gave:
        narrator.say(f"  {line['section']} {line['rule']}: [bold]{line['number']}[/bold]")
    why_not = max(rest, key=lambda line: line["reason"].startswith("condition"))
    narrator.say(
        f"  {len(rest)} other rules gave nothing; {why_not['section']} {why_not['rule']}, "
        f"for one: {escape(why_not['text'])}"
    )
    for entry in best["ledger"]:
        sign = "+" if entry["direction"] == "earn" else "-"
        told = f"{sign}{entry['amount']} {entry['token']}, then {entry['balance']}"
        narrator.say(f"  ledger: {escape(told)} ({escape(entry['reason'])})")
