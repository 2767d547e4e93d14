"""What the customer's backend does all the time, and what it was told: events, tokens, eggs."""

import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from honest import Honest
from trouble import Trouble

EVENTS_A_ROUND, BATCH, MOVES_A_ROUND = 6, 8, 3
TYPES = ("match_completed", "match_won", "match_lost", "match_drawn", "match_left")
TWICE = 0.25
POOR = "insufficient_balance"


@dataclass
class Told:
    """What was acknowledged, by the id that the backend gave it."""

    events: dict[str, Any] = field(default_factory=dict)
    movements: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    eggs: dict[str, dict[str, Any]] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)


@dataclass
class Traffic:
    """`buddies` has the players' buddy ids by user."""

    honest: Honest
    buddies: dict[str, str]
    told: Told = field(default_factory=Told)

    def works(self, number: int, chance: random.Random) -> list[Coroutine[Any, Any, None]]:
        """The work of one round, decided by `chance` alone."""
        users = list(self.buddies)

        def event(index: int) -> dict[str, Any]:
            return {
                "event_id": f"e-{number}-{index}",
                "user_id": chance.choice(users),
                "type": chance.choice(TYPES),
                "properties": {"round": number},
            }

        singles = [
            self._event(event(index), again=chance.random() < TWICE)
            for index in range(EVENTS_A_ROUND)
        ]
        batch = [event(index) for index in range(EVENTS_A_ROUND, EVENTS_A_ROUND + BATCH)]
        moves = [
            self._move(f"{word}-{number}-{turn}", path, chance.choice(users), chance.randint(1, 5))
            for turn in range(MOVES_A_ROUND)
            for word, path in (("earn", "tokens"), ("spend", "coins/spend"))
        ]
        eggs = [self._egg(f"guest-{number}")] if number % 3 == 0 else []
        return [*singles, self._batch(batch), *moves, *eggs]

    async def _event(self, event: dict[str, Any], *, again: bool) -> None:
        answer = await self.honest.done("POST", "/events", event)
        self._acknowledge(event["event_id"], answer)
        if again:
            self._acknowledge(event["event_id"], await self.honest.done("POST", "/events", event))

    async def _batch(self, events: list[dict[str, Any]]) -> None:
        answer = await self.honest.done("POST", "/events/batch", {"events": events})
        for event, result in zip(events, answer["results"], strict=True):
            if "error" in result:
                raise Trouble(f"event {event['event_id']} was refused: {result['error']}")
            self._acknowledge(event["event_id"], result)

    def _acknowledge(self, event_id: str, answer: Any) -> None:
        if self.told.events.setdefault(event_id, answer) != answer:
            self.told.contradictions.append(f"event {event_id} had two answers")

    async def _move(self, key: str, path: str, user_id: str, amount: int) -> None:
        where = f"/buddies/{self.buddies[user_id]}/{path}"
        answer = await self.honest.ask("POST", where, {"amount": amount, "reason": key}, key)
        if answer.is_success:
            self.told.movements[key] = answer.json()
        elif answer.json()["error"]["code"] == POOR:
            self.told.refused.add(key)
        else:
            raise Trouble(f"{key}: {answer.status_code} {answer.text[:300]}")

    async def _egg(self, user_id: str) -> None:
        egg = await self.honest.done("POST", "/eggs", {"user_id": user_id}, f"egg-{user_id}")
        path = f"/eggs/{egg['egg_id']}"
        await self.honest.done("PATCH", f"{path}/status", {"status": "ready"})
        self.told.eggs[egg["egg_id"]] = await self.honest.done("POST", f"{path}/hatch")
