"""What happens, in order, and whether all of it held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ending
import players
import rewards
from calls import Clutch
from installation import Installation
from narrator import Narrator
from plan import EVOLVING_MATCHES, PLAYERS, Planned
from playing import Arena, play_all
from receipts import Comparison
from rich.markup import escape

Buddies = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What `--json` prints, and each thing that had to hold with whether it did."""

    matches: int
    events: int
    deliveries: int
    verified: int
    claims: tuple[tuple[str, bool], ...]

    @property
    def held(self) -> bool:
        """Whether everything did."""
        return all(is_so for _, is_so in self.claims)

    def summary(self) -> dict[str, Any]:
        """The one JSON object. A failed audit ends the story before there is an outcome."""
        return {
            "matches": self.matches,
            "events": self.events,
            "deliveries": self.deliveries,
            "verified": self.verified,
            "audit": "ok",
        }


async def tell(arena: Arena, planned: Sequence[Planned]) -> Outcome:
    """The whole story on a running installation.

    Raises:
        Trouble: a step failed.
    """
    clutch, narrator, where = arena.clutch, arena.narrator, arena.installation
    narrator.chapter("Rules, webhooks and eggs")
    await rewards.publish_rules(clutch, narrator)
    await _subscribe(clutch, narrator, where)
    before = await players.hatch_all(clutch, PLAYERS)
    for user_id, buddy in before.items():
        await players.keep_picture(where.api_url, where.home / "pictures", user_id, buddy)
        narrator.say(f"{user_id}'s egg hatched: [bold]{escape(buddy['name'])}[/bold]")

    narrator.chapter(f"{len(planned)} matches on real game servers")
    matches = await play_all(arena, planned)
    rewarded = await players.look_at_all(clutch, before)

    narrator.chapter("A badge by hand and a gate")
    await rewards.award_badge(clutch, narrator, rewarded)
    await rewards.open_gate(clutch, narrator, await players.look_at_all(clutch, before))

    narrator.chapter("Every webhook arrives, and is verified by two rules")
    arrived = await ending.settled(arena, before)
    narrator.say(f"{arrived.verified} of {arrived.listed} deliveries arrived and were verified")
    after = await players.look_at_all(clutch, before)
    await _show_players(arena, before, after)
    await rewards.explain_best(clutch, narrator, matches)

    narrator.chapter("clutch audit")
    narrator.show(escape((await ending.audit(arena)).strip()))
    outcome = await _outcome(clutch, matches, after, arrived, len(planned))
    narrator.chapter("What had to hold")
    for claim, is_so in outcome.claims:
        narrator.show(f"  [green]✓[/green] {claim}" if is_so else f"  [red]✗ {claim}[/red]")
    return outcome


async def _subscribe(clutch: Clutch, narrator: Narrator, where: Installation) -> None:
    wanted = {"url": f"{where.receiver_url}/hooks", "events": ["*"]}
    endpoint = await clutch.post("/webhook-configs", wanted)
    where.secrets_file.touch(mode=0o600)
    where.secrets_file.write_text(endpoint["secret"] + "\n")
    narrator.say(f"A webhook endpoint for every event: {where.receiver_url}/hooks")


async def _show_players(arena: Arena, before: Buddies, after: Buddies) -> None:
    folder, api_url = arena.installation.home / "pictures", arena.installation.api_url
    files = {
        user_id: await players.keep_picture(api_url, folder, user_id, buddy)
        for user_id, buddy in after.items()
    }
    arena.narrator.chapter("The players")
    arena.narrator.show(ending.players_table(before, after, files))
    for user_id, buddy in after.items():
        arena.narrator.note(f"{user_id}  {players.picture_url(api_url, buddy)}")


async def _outcome(
    clutch: Clutch,
    matches: Sequence[dict[str, Any]],
    buddies: Buddies,
    arrived: Comparison,
    ordered: int,
) -> Outcome:
    applied = sum(match["status"] == "applied" for match in matches)
    events = [each async for each in clutch.each("/events")]
    stages = {user_id: buddy["evolution_stage"] for user_id, buddy in buddies.items()}
    grown = [user_id for user_id, stage in stages.items() if stage > 1]
    claims = [
        (f"{applied} of {ordered} matches applied", applied == ordered),
        (f"{len(buddies)} eggs hatched", len(buddies) == len(PLAYERS)),
        (_said(arrived), arrived.is_whole),
        ("the audit found no difference", True),
    ]
    if ordered >= EVOLVING_MATCHES:
        claims.append((f"reached stage 2: {', '.join(grown) or 'nobody'}", bool(grown)))
    return Outcome(applied, len(events), arrived.listed, arrived.verified, tuple(claims))


def _said(arrived: Comparison) -> str:
    told = f"{arrived.verified} of {arrived.listed} deliveries verified by both rules"
    faults = {
        "missing": arrived.missing,
        "not verified": arrived.unverified,
        "unknown": arrived.unknown,
        "not succeeded": arrived.not_succeeded,
    }
    return ", ".join([told, *(f"{len(ids)} {fault}" for fault, ids in faults.items() if ids)])
