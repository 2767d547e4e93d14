"""Events: taken in once, explained, refused whole."""

import asyncio

from tests.factories import Api


async def test_an_event_makes_a_buddy_and_pays_what_the_rules_say(api: Api) -> None:
    effects = await api.send("e1", "match_completed", properties={"score": 20})
    buddy = await api.buddy_of("ann")
    assert effects["coins"] > 0
    assert buddy["coins"] == effects["coins"]
    assert buddy["progression"]["counters"] == {"match_completed": 1}
