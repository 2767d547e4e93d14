"""Analyses over HTTP. Each takes `from`, `to` (exclusive) and `audience`; at most 366 days."""

from fastapi import APIRouter

from app.analytics import economy, people, popular, schemas
from app.analytics.scope import InAsked, Scope
from app.kit.door import InReadTx, TxRoute, access
from app.kit.principal import Credential

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=TxRoute)


@router.get("/engagement", summary="How active users are", openapi_extra=ADMIN)
async def get_engagement(tx: InReadTx, asked: InAsked) -> schemas.Engagement:
    """Events and active users by UTC day."""
    return await people.engagement(tx, Scope.of(tx, asked))


@router.get("/activity-summary", summary="What happened", openapi_extra=ADMIN)
async def get_activity_summary(tx: InReadTx, asked: InAsked) -> schemas.ActivitySummary:
    """Counts of events, purchases and evolutions, events by type too."""
    return await people.activity_summary(tx, Scope.of(tx, asked))


@router.get("/economy-summary", summary="What each source gave and took", openapi_extra=ADMIN)
async def get_economy_summary(tx: InReadTx, asked: InAsked) -> schemas.EconomySummary:
    """What was earned and spent of each token, by the source that gave or took it."""
    return await economy.economy_summary(tx, Scope.of(tx, asked))


@router.get("/economy-health", summary="Inflow, outflow, velocity, balances", openapi_extra=ADMIN)
async def get_economy_health(tx: InReadTx, asked: InAsked) -> schemas.EconomyHealth:
    """Flows of the span, and holdings as they are now; agrees with the audit to the unit."""
    return await economy.economy_health(tx, Scope.of(tx, asked))


@router.get("/popular-items", summary="Items bought most often", openapi_extra=ADMIN)
async def get_popular_items(tx: InReadTx, asked: InAsked) -> schemas.PopularItems:
    """Purchases by item; the span is `from` to before `to`."""
    return await popular.popular_items(tx, Scope.of(tx, asked))


@router.get("/popular-badges", summary="Badges awarded most often", openapi_extra=ADMIN)
async def get_popular_badges(tx: InReadTx, asked: InAsked) -> schemas.PopularBadges:
    """Awards by badge, by hand or by rule."""
    return await popular.popular_badges(tx, Scope.of(tx, asked))


@router.get("/retention", summary="Weekly cohorts and who came back", openapi_extra=ADMIN)
async def get_retention(tx: InReadTx, asked: InAsked) -> schemas.Retention:
    """Users by the week of their first buddy, and in which weeks they had events again."""
    return await people.retention(tx, Scope.of(tx, asked))


@router.get("/roi-metrics", summary="What engagement came for what cost", openapi_extra=ADMIN)
async def get_roi_metrics(tx: InReadTx, asked: InAsked) -> schemas.RoiMetrics:
    """Returning users, credits used, and what buyers do more than others; no money."""
    return await popular.roi_metrics(tx, Scope.of(tx, asked))
