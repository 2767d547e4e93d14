"""`HathoraClient`: the calls that the match bridge makes, typed both ways."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel, ValidationError

from app.hathora.client.calling import Caller
from app.hathora.client.errors import SDKValidationError
from app.hathora.models.apps import Application
from app.hathora.models.processes import ProcessV3
from app.hathora.models.rooms import (
    ConnectionInfoV2,
    CreateRoomParams,
    Room,
    RoomConnectionData,
    RoomWithoutAllocations,
    UpdateRoomConfigParams,
)
from app.hathora.operations import OPERATIONS


class HathoraClient:
    """One control plane, one developer token. Nothing is retried: the caller knows what may be.

    Every method raises `errors.HathoraError`; its tree says what each kind means. Ids are
    percent-encoded. Enum values this version does not know stay as they are.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            timeout=timeout_seconds,
            follow_redirects=True,
            trust_env=False,
            headers={"user-agent": "clutch-hathora"},
        )
        self._caller = Caller(self._http, token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def get_app(self, app_id: str) -> Application:
        return await self._call("appsV2.getApp", appId=app_id)  # type: ignore[no-any-return]
