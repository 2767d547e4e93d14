"""What the ledger says of a customer's economy. Sums are exact, however large.

The figures agree with `clutch audit` to the unit: over a span that holds the whole ledger,
`inflow` less `outflow` is the audit's balance of that token, and so is `supply` at any time.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Label, case, func, select

from app.analytics import schemas
from app.analytics.people import date_of, ratio
from app.analytics.scope import DAY_MS, Scope, exact_sum, milliseconds, sum_of
from app.kit.tx import Tx
from app.ledger.models import balance, transfer
from app.ledger.service import TAKEN_BACK

PERCENTS = (10, 25, 50, 75, 90, 99)


async def economy_summary(tx: Tx, scope: Scope) -> schemas.EconomySummary:
    """What each source gave and took of each token in the span. 1 statement."""
    flows = await _flows(tx, scope)
    return schemas.EconomySummary(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        tokens=[_token_flow(token, flows[token]) for token in sorted(flows)],
    )


async def economy_health(tx: Tx, scope: Scope) -> schemas.EconomyHealth:
    """Flows of the span, and holdings as they are now. 3 statements.

    Two of them read every balance of the customer; percentiles sort them.
    """
    flows = await _flows(tx, scope)
    percentiles = await _percentiles(tx, scope)
    rows = await tx.rows(
        select(
            balance.c.token,
            func.count().label("accounts"),
            *exact_sum(balance.c.balance, "supply"),
            *exact_sum(balance.c.lifetime_earned, "earned"),
            *exact_sum(balance.c.lifetime_spent, "spent"),
        )
        .where(*scope.anytime(tx, balance))
        .group_by(balance.c.token)
        .order_by(balance.c.token)
    )
    tokens = []
    for row in rows:
        supply = sum_of(row, "supply")
        outflow = sum(flow.spent for flow in flows.get(row.token, ()))
        health = schemas.TokenHealth(
            token=row.token,
            inflow=sum(flow.earned for flow in flows.get(row.token, ())),
            outflow=outflow,
            velocity=ratio(outflow, supply) if supply else None,
            supply=supply,
            lifetime_earned=sum_of(row, "earned"),
            lifetime_spent=sum_of(row, "spent"),
            accounts=row.accounts,
            balances=percentiles[row.token],
        )
        tokens.append(health)
    return schemas.EconomyHealth(
        begin=scope.begin, end=scope.end, audience=scope.audience, tokens=tokens
    )


async def economy_days(tx: Tx, scope: Scope) -> schemas.EconomyDays:
    """What was earned and spent of each token by UTC day. 1 statement."""
    c = transfer.c
    day = (milliseconds(c.created_at) // DAY_MS).label("day")
    rows = await tx.rows(
        select(c.token, day, *_earned_and_spent())
        .where(*scope.within(tx, transfer, c.ledger_id))
        .group_by(c.token, day)
        .order_by(c.token, day)
    )
    days: defaultdict[str, list[schemas.DayFlow]] = defaultdict(list)
    for row in rows:
        flow = schemas.DayFlow(
            day=date_of(row.day), inflow=sum_of(row, "earned"), outflow=sum_of(row, "spent")
        )
        days[row.token].append(flow)
    return schemas.EconomyDays(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        tokens=[schemas.TokenDays(token=token, days=found) for token, found in days.items()],
    )


async def _flows(tx: Tx, scope: Scope) -> dict[str, list[schemas.Flow]]:
    """By token; sources by name. They come from the config, so there are few."""
    c = transfer.c
    rows = await tx.rows(
        select(
            c.token,
            c.counter_account,
            func.count().label("transfers"),
            *_earned_and_spent(),
        )
        .where(*scope.within(tx, transfer, c.ledger_id))
        .group_by(c.token, c.counter_account)
        .order_by(c.token, c.counter_account)
    )
    flows: defaultdict[str, list[schemas.Flow]] = defaultdict(list)
    for row in rows:
        flow = schemas.Flow(
            source=row.counter_account,
            earned=sum_of(row, "earned"),
            spent=sum_of(row, "spent"),
            transfers=row.transfers,
        )
        flows[row.token].append(flow)
    return dict(flows)


def _earned_and_spent() -> tuple[Label[Any], ...]:
    """Columns for `sum_of`: what was earned, and what was spent; what was taken back is neither."""
    return (*exact_sum(_signed("earn"), "earned"), *exact_sum(_signed("spend"), "spent"))


def _signed(direction: str) -> ColumnElement[int]:
    """Amounts of a direction, those that were taken back negative."""
    c = transfer.c
    back = (c.direction == TAKEN_BACK[direction], -c.amount)
    return case((c.direction == direction, c.amount), back, else_=0)


def _token_flow(token: str, flows: list[schemas.Flow]) -> schemas.TokenFlow:
    earned = sum(flow.earned for flow in flows)
    spent = sum(flow.spent for flow in flows)
    return schemas.TokenFlow(
        token=token,
        earned=earned,
        spent=spent,
        net=earned - spent,
        transfers=sum(flow.transfers for flow in flows),
        sources=flows,
    )


async def _percentiles(tx: Tx, scope: Scope) -> dict[str, schemas.Percentiles]:
    """By token, at nearest rank: balance number ceil(p * n / 100) of n in order."""
    c = balance.c
    place = func.row_number().over(partition_by=c.token, order_by=c.balance)
    holders = func.count().over(partition_by=c.token)
    ranked = (
        select(c.token, c.balance, place.label("place"), holders.label("holders"))
        .where(*scope.anytime(tx, balance))
        .subquery()
    )
    wanted = [ranked.c.place == (ranked.c.holders * percent + 99) // 100 for percent in PERCENTS]
    columns = [
        func.max(case((each, ranked.c.balance))).label(f"p{percent}")
        for percent, each in zip(PERCENTS, wanted, strict=True)
    ]
    rows = await tx.rows(select(ranked.c.token, *columns).group_by(ranked.c.token))
    return {
        row.token: schemas.Percentiles(
            **{f"p{percent}": row._mapping[f"p{percent}"] for percent in PERCENTS}
        )
        for row in rows
    }
