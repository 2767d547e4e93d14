"""The players' buddies: hatched from eggs, looked at, and their pictures kept."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from calls import Clutch
from trouble import Trouble

HATCH_WAIT_MS = 20_000


async def hatch_all(clutch: Clutch, users: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A buddy for each user, as it hatched."""
    hatched = await asyncio.gather(*(_hatch(clutch, user_id) for user_id in users))
    return dict(zip(users, hatched, strict=True))


async def look_at_all(
    clutch: Clutch, buddies: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The same buddies as they are now, by user."""
    paths = [f"/buddies/{buddy['id']}" for buddy in buddies.values()]
    found = await asyncio.gather(*(clutch.get(path) for path in paths))
    return dict(zip(buddies, found, strict=True))


async def keep_picture(api_url: str, folder: Path, user_id: str, buddy: dict[str, Any]) -> Path:
    """Save the picture of a buddy's stage; players fetch it without any key.

    Raises:
        Trouble: there is no such picture, or it is no PNG.
    """
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(picture_url(api_url, buddy))
    if not answer.is_success or not answer.content.startswith(b"\x89PNG"):
        raise Trouble(f"{answer.request.url} is no picture: {answer.status_code}")
    file = folder / f"{user_id}-stage-{buddy['evolution_stage']}.png"
    file.write_bytes(answer.content)
    return file


def picture_url(api_url: str, buddy: dict[str, Any]) -> str:
    """Where a buddy's picture is."""
    return str(httpx.URL(api_url).join(buddy["image_url"]))


async def _hatch(clutch: Clutch, user_id: str) -> dict[str, Any]:
    egg = await clutch.post("/eggs", {"user_id": user_id})
    await clutch.patch(f"/eggs/{egg['egg_id']}/status", {"status": "ready"})
    started = await clutch.post(f"/eggs/{egg['egg_id']}/hatch")
    operation = await clutch.get(f"/operations/{started['operation_id']}", wait_ms=HATCH_WAIT_MS)
    if operation["status"] != "completed":
        raise Trouble(f"{user_id}'s egg did not hatch: {operation}")
    buddy: dict[str, Any] = await clutch.get(f"/buddies/{operation['result']['buddy_id']}")
    return buddy
