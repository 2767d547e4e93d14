"""What a customer may use: its plan, and what it has turned off itself."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import select

from app.customers.models import customer
from app.customers.plans import Feature
from app.kit.db import Database
from app.kit.errors import Forbidden
from app.kit.principal import Principal
from app.kit.tariff import Plan, Tariff
from app.kit.tx import Tx

BELIEVED_FOR = timedelta(seconds=2)
CACHED_MAX = 10_000


class PlanFeatureLocked(Forbidden):
    """The customer's plan lacks a feature, or has less of it than is asked for."""

    code = "plan_feature_locked"

    def __init__(self, tariff: Tariff, plan: Plan, feature: str, audiences: int = 1) -> None:
        required = tariff.cheapest_with(feature, audiences)
        wanted = feature if audiences == 1 else f"{audiences} audiences"
        super().__init__(
            f"The plan {plan.name} does not include {wanted}; it takes {required or 'another'}.",
            details={
                "feature": feature,
                "required_plan": required,
                "current_plan": plan.name,
                "upgrade_url": tariff.upgrade_url,
            },
        )


class CapabilityDisabled(Forbidden):
    """The plan includes a feature, and the customer has turned it off."""

    code = "capability_disabled"

    def __init__(self, feature: str) -> None:
        super().__init__(
            f"This customer has turned {feature} off; turn it on again to use it.",
            details={"capability": feature},
        )


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A customer's plan and the features that it has turned off."""

    plan: Plan
    disabled: frozenset[str]

    def may(self, feature: str) -> bool:
        """Whether a feature can be used."""
        return self.plan.includes(feature) and feature not in self.disabled

    def require(self, tariff: Tariff, feature: str) -> None:
        """Let a feature be used.

        Raises:
            PlanFeatureLocked: the plan lacks it.
            CapabilityDisabled: the customer has turned it off.
        """
        if not self.plan.includes(feature):
            raise PlanFeatureLocked(tariff, self.plan, feature)
        if feature in self.disabled:
            raise CapabilityDisabled(feature)

    def require_audiences(self, tariff: Tariff, number: int) -> None:
        """Let a config have so many audiences; one is for every plan.

        Raises:
            PlanFeatureLocked: the plan allows fewer.
            CapabilityDisabled: the customer has turned several audiences off.
        """
        if number <= 1:
            return
        most = self.plan.audiences_max
        if not self.plan.includes(Feature.MULTI_AUDIENCE) or number > (most or number):
            raise PlanFeatureLocked(tariff, self.plan, Feature.MULTI_AUDIENCE, number)
        self.require(tariff, Feature.MULTI_AUDIENCE)


class Entitlements:
    """Every customer's entitlement, believed for `BELIEVED_FOR` in each process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[str, tuple[Entitlement, datetime]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Entitlement]] = {}

    async def of(self, customer_id: str) -> Entitlement:
        """The entitlement of a customer; requests that come together ask the database once."""
        cached = self._cache.get(customer_id)
        if cached is not None and cached[1] > self._database.clock.now():
            return cached[0]
        asking = self._asking.get(customer_id)
        if asking is None:
            asking = self._asking[customer_id] = asyncio.create_task(self._ask(customer_id))
            asking.add_done_callback(lambda _: self._asking.pop(customer_id))
        return await asyncio.shield(asking)

    async def require(self, principal: Principal, feature: str) -> None:
        """Let a caller use a feature.

        Raises:
            PlanFeatureLocked: its customer's plan lacks it.
            CapabilityDisabled: its customer has turned it off.
        """
        found = await self.of(principal.customer_id)
        found.require(self._database.tariff, feature)

    async def _ask(self, customer_id: str) -> Entitlement:
        now = self._database.clock.now()
        async with self._database.read(customer_id) as tx:
            found = await read(tx)
        self._cache[customer_id] = (found, now + BELIEVED_FOR)
        if len(self._cache) > CACHED_MAX:
            self._cache.popitem(last=False)
        return found


async def read(tx: Tx) -> Entitlement:
    """The entitlement of this transaction's customer; services ask it where no route can say."""
    c = customer.c
    row = await tx.row(
        select(c.plan, c.disabled_capabilities).where(c.customer_id == tx.customer_id)
    )
    if row is None:
        return Entitlement(tx.tariff.plan(None), frozenset())
    return Entitlement(tx.tariff.plan(row.plan), frozenset(orjson.loads(row[1])))
