"""Buddies: read, renamed, archived; tokens and badges given by hand."""

from app.buddies import effects, listing, schemas, views
from app.buddies.herd import Buddy, Cause, Herd
from app.configs import service as configs
from app.engine.decide import after_change
from app.engine.decide import award_badge as decide_award
from app.engine.effects import BadgeAwarded
from app.kit.clock import to_text
from app.kit.errors import AppError, NotFound, ValidationFailed
from app.kit.pages import Page, decode_cursor, encode_cursor
from app.kit.tx import Tx
from app.kit.wire import INTEGER_MAX
from app.ledger import service as ledger
from app.ledger.service import Posting
from app.webhooks.catalogue import EventName

ADMIN = "admin"


class ProgressionNotSpendable(AppError):
    """A progression token is only earned."""

    status = 422
    code = "progression_not_spendable"

    def __init__(self, token: str) -> None:
        super().__init__(
            f"{token!r} is a progression token: it is earned and never spent.",
            details={"token": token},
        )


async def read(tx: Tx, buddy_id: str) -> schemas.Buddy:
    """One buddy.

    Raises:
        NotFound: this customer has no such buddy.
    """
    [shown] = await listing.shown(tx, [await Herd.looks(tx, buddy_id)])
    return shown


async def rename(tx: Tx, buddy_id: str, name: str) -> schemas.Buddy:
    """Give a buddy another name.

    Raises:
        NotFound, Conflict: see `Herd.one`.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    buddy.name = name
    buddy.is_changed = True
    await herd.write()
    return await read(tx, buddy_id)


async def archive(tx: Tx, buddy_id: str) -> schemas.Buddy:
    """End a buddy's life; its ledger stays. Archiving again changes nothing.

    Raises:
        NotFound: this customer has no such buddy.
    """
    herd = await Herd.of_ids(tx, [buddy_id])
    buddy = herd.by_id.get(buddy_id)
    if buddy is None:
        raise NotFound("buddy", buddy_id)
    if buddy.status == "active":
        buddy.status = "archived"
        sequence = herd.next_sequence(buddy)
        told = {"archived_at": to_text(tx.now)}
        herd.tell(buddy, EventName.BUDDY_ARCHIVED, told, _by_hand(tx), sequence)
        await herd.write()
    return await read(tx, buddy_id)


async def earn(tx: Tx, buddy_id: str, given: schemas.EarnTokens) -> schemas.LedgerEntry:
    """Credit tokens by hand, clipped to what the account can hold.

    Raises:
        NotFound, Conflict: see `Herd.one`.
        ValidationFailed: no such token, or the account is full.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    token = _token(buddy, given.token)
    room = (buddy.config.tokens[token].max_balance or INTEGER_MAX) - buddy.state.balances[token]
    if room <= 0:
        raise ValidationFailed.of("/amount", f"the buddy holds as many {token} as it can")
    posting = Posting(ADMIN, given.reason, given.reference_id)
    entry_id = effects.earn(herd, buddy, token, min(given.amount, room), posting, _by_hand(tx))
    return await _settle_and_write(herd, buddy, token, entry_id)


async def spend(tx: Tx, buddy_id: str, given: schemas.SpendTokens) -> schemas.LedgerEntry:
    """Debit tokens by hand.

    Raises:
        NotFound, Conflict: see `Herd.one`.
        ValidationFailed: no such token.
        ProgressionNotSpendable: the token is only earned.
        InsufficientBalance: the buddy has less; nothing was changed.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    token = _token(buddy, given.token)
    require_spendable(buddy, token)
    account = f"item:{given.item_id}" if given.item_id else ADMIN
    posting = Posting(account, given.reason, given.reference_id)
    entry_id = effects.spend(herd, buddy, token, given.amount, posting, _by_hand(tx))
    return await _settle_and_write(herd, buddy, token, entry_id)


async def tokens(tx: Tx, buddy_id: str) -> schemas.TokensSummary:
    """What the buddy has of every token."""
    row = await Herd.looks(tx, buddy_id)
    config = await configs.compiled(tx, row.config_version_id)
    return views.tokens(buddy_id, config, await ledger.accounts(tx, [buddy_id]))


async def ledger_feed(
    tx: Tx, buddy_id: str, *, cursor: str | None, limit: int
) -> schemas.LedgerFeed:
    """The buddy's ledger, newest first, complete at once."""
    await Herd.looks(tx, buddy_id)
    before = decode_cursor(cursor, int)
    transfers = await ledger.feed(tx, buddy_id, before=before, limit=limit)
    more = len(transfers) == limit
    return schemas.LedgerFeed(
        data=[views.entry(transfer) for transfer in transfers],
        next_cursor=encode_cursor(transfers[-1].sequence) if more else None,
    )


async def award_badge(tx: Tx, buddy_id: str, badge_key: str) -> tuple[schemas.BadgeAward, bool]:
    """Give a badge by hand; the award, and whether it is new.

    Raises:
        NotFound: no such buddy, or its config has no such badge.
        Conflict: see `Herd.one`.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    badge = buddy.config.badges.get(badge_key)
    if badge is None:
        raise NotFound("badge", badge_key)
    decision = decide_award(
        buddy.config,
        buddy.state,
        badge_key,
        now=tx.now,
        zone=buddy.zone,
        audience=buddy.audience,
    )
    is_new = any(isinstance(effect, BadgeAwarded) for effect in decision.effects)
    if is_new:
        effects.apply(herd, buddy, decision, _by_hand(tx))
        await herd.write()
    at = buddy.state.badges[badge_key]
    return schemas.BadgeAward(badge_key=badge_key, label=badge.label, awarded_at=at), is_new


async def evolutions(tx: Tx, buddy_id: str, page: Page) -> schemas.Evolutions:
    """A page of the stages that a buddy reached, newest first."""
    await Herd.looks(tx, buddy_id)
    return await listing.evolutions(tx, buddy_id, page)


def require_spendable(buddy: Buddy, token: str) -> None:
    """Refuse to spend a progression token.

    Raises:
        ProgressionNotSpendable: it is one.
    """
    if buddy.config.tokens[token].kind == "progression":
        raise ProgressionNotSpendable(token)


def settle(herd: Herd, buddy: Buddy, cause: Cause) -> None:
    """Give what became due when balances or badges were changed by hand."""
    tokens = buddy.config.tokens
    buddy.state.balances = herd.book.balances(buddy.id, tokens)
    buddy.state.lifetime_earned = herd.book.lifetime_earned(buddy.id, tokens)
    decision = after_change(
        buddy.config, buddy.state, now=herd.tx.now, zone=buddy.zone, audience=buddy.audience
    )
    effects.apply(herd, buddy, decision, cause)


async def _settle_and_write(
    herd: Herd, buddy: Buddy, token: str, ledger_id: str
) -> schemas.LedgerEntry:
    settle(herd, buddy, _by_hand(herd.tx))
    await herd.write()
    return views.entry(herd.book.made(ledger_id))


def _token(buddy: Buddy, token: str | None) -> str:
    wanted = token or buddy.config.primary_token
    if wanted is None or wanted not in buddy.config.tokens:
        raise ValidationFailed.of(
            "/token", f"the buddy's config has these tokens: {', '.join(buddy.config.tokens)}"
        )
    return wanted


def _by_hand(tx: Tx) -> Cause:
    return Cause(request_id=tx.request_id)
