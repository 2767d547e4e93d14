"""Analyses over HTTP. Each takes `from`, `to` (exclusive) and `audience`; at most 366 days."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter

from app.analytics import economy, people, popular, schemas
from app.analytics.scope import InAsked, Scope
from app.customers.plans import Feature
from app.kit.door import InReadTx, TxRoute, access
from app.kit.principal import Credential
from app.kit.tx import Tx

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=TxRoute)


@dataclass(frozen=True, slots=True)
class Route:
    """An analysis, the shape of its answer, and the feature that a plan needs for it, if any."""

    summary: str
    description: str
    analyse: Callable[[Tx, Scope], Awaitable[schemas.Analysis]]
    shape: type[schemas.Analysis]
    feature: Feature | None = None


ROUTES = {
    "engagement": Route(
        "How active users are",
        "Events and active users by UTC day.",
        people.engagement,
        schemas.Engagement,
    ),
    "activity-summary": Route(
        "What happened",
        "Counts of events, purchases and evolutions, events by type too.",
        people.activity_summary,
        schemas.ActivitySummary,
    ),
    "economy-summary": Route(
        "What each source gave and took",
        "What was earned and spent of each token, by the source that gave or took it.",
        economy.economy_summary,
        schemas.EconomySummary,
    ),
    "economy-health": Route(
        "Inflow, outflow, velocity, balances",
        "Flows of the span, and holdings as they are now; agrees with the audit to the unit.",
        economy.economy_health,
        schemas.EconomyHealth,
        Feature.ADVANCED_ANALYTICS,
    ),
    "economy-days": Route(
        "Inflow and outflow by day",
        "Earned and spent of each token by UTC day; sums to the flows of `economy-health`.",
        economy.economy_days,
        schemas.EconomyDays,
        Feature.ADVANCED_ANALYTICS,
    ),
    "popular-items": Route(
        "Items bought most often",
        "Purchases by item; the span is `from` to before `to`.",
        popular.popular_items,
        schemas.PopularItems,
    ),
    "popular-badges": Route(
        "Badges awarded most often",
        "Awards by badge, by hand or by rule.",
        popular.popular_badges,
        schemas.PopularBadges,
    ),
    "retention": Route(
        "Weekly cohorts and who came back",
        "Users by the week of their first buddy, and in which weeks they had events again.",
        people.retention,
        schemas.Retention,
        Feature.ADVANCED_ANALYTICS,
    ),
    "roi-metrics": Route(
        "What engagement came for what cost",
        "Returning users, credits used, and what buyers do more than others; no money.",
        popular.roi_metrics,
        schemas.RoiMetrics,
        Feature.ADVANCED_ANALYTICS,
    ),
}


def _serve(name: str, route: Route) -> None:
    async def read(tx: InReadTx, asked: InAsked) -> schemas.Analysis:
        return await route.analyse(tx, await Scope.of(tx, asked))

    router.get(
        f"/{name}",
        name=f"get_{name.replace('-', '_')}",
        summary=route.summary,
        description=route.description,
        response_model=route.shape,
        openapi_extra=access(Credential.SECRET, feature=route.feature),
    )(read)


for _name, _route in ROUTES.items():
    _serve(_name, _route)
