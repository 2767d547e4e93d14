"""Matches are ordered here, and shown."""

from typing import Any

import orjson

from app.configs import service as configs
from app.customers import service as customers
from app.kit.clock import to_milliseconds
from app.kit.crypto import sha256_hex
from app.kit.errors import AppError, Conflict, Forbidden, IdConflict, ValidationFailed, require
from app.kit.pages import Meta, Page
from app.kit.tx import Tx
from app.kit.wire import canonical, differences
from app.matches import apps, codes, hathora, records
from app.matches.bridge import OTHER
from app.matches.lifecycle import MatchStatus
from app.matches.records import Match
from app.matches.schemas import CreateMatch, HistoryEntry, MatchDetail, MatchOut, MatchPage
from app.matches.watching import CLAIM_LIMIT


class MatchIdConflict(IdConflict):
    """The id of a match came again with another order."""

    def __init__(self, match_id: str, differs: list[str]) -> None:
        super().__init__(
            "match_id_conflict",
            f"The match {match_id!r} was created with another content. Use a new match_id.",
            differs,
        )


async def create(tx: Tx, order: CreateMatch, *, who: str, public_url: str) -> MatchOut:
    """Order a match; the same order again answers the same match.

    Raises:
        ValidationFailed: the app is not connected, or it has no such region; or the room config
            is longer than a room takes.
        Forbidden: matches outside a control plane are not accepted for this customer.
        NoPublishedConfig: there are no rules that a result could be applied with.
        Conflict: the app's room configs can be read by everybody.
        MatchIdConflict: another match has the id.
    """
    is_other = order.provider == OTHER
    request = canonical(order.model_dump(mode="json", exclude_none=True))
    code = codes.new_code(tx.customer_id)
    if await records.add(tx, _row(tx, order, request, code), who, "ordered"):
        await configs.published(tx)
        await (_check_other(tx) if is_other else _check_app(tx, order))
        room_config(order.room_config or {}, url=public_url, match_id=order.match_id, code=code)
        tx.nudge(records.DUE.name)
    known = await records.read(tx, order.match_id)
    if known.request != request:
        differs = differences(orjson.loads(request), orjson.loads(known.request))
        raise MatchIdConflict(order.match_id, list(differs))
    return _shown(tx, known)


def room_config(given: dict[str, Any], *, url: str, match_id: str, code: str) -> str:
    """What a room is created with: the caller's config and how to claim the match.

    Raises:
        ValidationFailed: it is longer than a room takes.
    """
    text = orjson.dumps(
        {**given, "clutch": {"url": url, "match_id": match_id, "code": code}}
    ).decode()
    most = hathora.CONFIG_CHARACTERS_MAX
    require(
        len(text) <= most,
        ValidationFailed.of(
            "/room_config", f"with what we add it has {len(text)} characters; at most {most} fit"
        ),
    )
    return text


async def read(tx: Tx, match_id: str) -> MatchDetail:
    """A match with everything that happened to it.

    Raises:
        NotFound: this customer has no such match.
    """
    match = await records.read(tx, match_id)
    entries = await records.history(tx, match_id)
    answer = None if match.answer is None else orjson.loads(match.answer)
    return MatchDetail(
        **_shown(tx, match).model_dump(),
        result=None if match.result is None else orjson.loads(match.result),
        players=None if answer is None else answer["players"],
        history=[
            HistoryEntry(status=entry.status, who=entry.who, why=entry.why, at=entry.at)
            for entry in entries
        ],
    )


async def list_matches(tx: Tx, status: MatchStatus | None, page: Page) -> MatchPage:
    """A page of matches, newest first."""
    found, total = await records.page(tx, status, offset=page.offset, limit=page.limit)
    return MatchPage(
        data=[_shown(tx, match) for match in found],
        meta=Meta(total=total, page=page.page, limit=page.limit),
    )


async def _check_other(tx: Tx) -> None:
    refusal: AppError = Forbidden(
        "This customer does not accept matches outside a control plane.",
        details={"capability": "accept_other"},
        code="capability_disabled",
    )
    require((await customers.read(tx)).accept_other, refusal)


async def _check_app(tx: Tx, order: CreateMatch) -> None:
    assert order.app_id is not None, "the order says where"
    app = await apps.read(tx, order.app_id)
    if app is None:
        raise ValidationFailed.of(
            "/app_id", "this app is not connected; connect it with `clutch hathora connect`"
        )
    if order.region not in hathora.REGIONS:
        raise ValidationFailed.of("/region", f"must be one of {', '.join(hathora.REGIONS)}")
    if app.config_is_public:
        raise Conflict(
            "Everybody can read the room configs of this app, so no claim code goes into them.",
            details={"app_id": app.app_id},
        )


def _row(tx: Tx, order: CreateMatch, request: str, code: str) -> dict[str, Any]:
    now = to_milliseconds(tx.now)
    is_other = order.provider == OTHER
    sealed = tx.key.seal(
        code.encode(), customer_id=tx.customer_id, row=codes.code_row(order.match_id)
    )
    return {
        "match_id": order.match_id,
        "provider": order.provider,
        "app_id": order.app_id,
        "region": order.region,
        "request": request,
        "status": (MatchStatus.WAITING if is_other else MatchStatus.ALLOCATING).value,
        "room_id": None if is_other else codes.room_id(tx.key, tx.customer_id, order.match_id),
        "code_hash": sha256_hex(code),
        "sealed_code": sealed,
        "attempts": 0,
        "entries": 1,
        "created_at": now,
        "moved_at": now,
        "due_at": to_milliseconds(tx.now + CLAIM_LIMIT) if is_other else now,
    }


def _shown(tx: Tx, match: Match) -> MatchOut:
    terms = match.terms
    code = None
    if match.provider == OTHER and match.sealed_code is not None:
        row = codes.code_row(match.match_id)
        code = tx.key.open(match.sealed_code, customer_id=tx.customer_id, row=row).decode()
    return MatchOut(
        match_id=match.match_id,
        status=match.status,
        provider=match.provider,
        app_id=match.app_id,
        region=match.region,
        room_id=match.room_id,
        process_id=match.process_id,
        roster=list(terms.roster),
        open=terms.is_open,
        mode=terms.mode,
        map=terms.map_name,
        created_at=match.created_at,
        claimed_at=match.claimed_at,
        reported_at=match.reported_at,
        updated_at=match.moved_at,
        code=code,
    )
