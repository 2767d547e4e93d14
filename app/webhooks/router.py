"""Webhook endpoints and deliveries over HTTP."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.egress_addresses import Network
from app.kit.pages import Cursor, Limit
from app.kit.principal import Credential
from app.kit.schemas import UuidText
from app.webhooks import deliveries, recovery, schemas
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName
from app.webhooks.deliveries import DeliveryStatus, Wanted
from app.webhooks.recovery import Span
from app.webhooks.service import NewEndpoint
from app.webhooks.signature import PayloadFormat, SignatureKind

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1", tags=["webhooks"], route_class=TxRoute)


async def _networks(request: Request) -> Sequence[Network]:
    networks: Sequence[Network] = request.app.state.settings.egress_networks
    return networks


InNetworks = Annotated[Sequence[Network], Depends(_networks)]
EndpointId = Annotated[UuidText, Path()]
DeliveryId = Annotated[UuidText, Path()]


@router.get("/webhook-configs", summary="List webhook endpoints", openapi_extra=ADMIN)
async def list_endpoints(tx: InReadTx) -> list[schemas.WebhookEndpoint]:
    """All endpoints, oldest first, their secrets masked."""
    return [schemas.WebhookEndpoint.of(endpoint) for endpoint in await webhooks.every(tx)]


@router.post(
    "/webhook-configs",
    status_code=201,
    summary="Register a webhook endpoint",
    openapi_extra=ADMIN,
)
async def create_endpoint(
    given: schemas.CreateWebhook, tx: InTx, networks: InNetworks
) -> schemas.WebhookEndpoint:
    """Begin to send events to a URL. The answer shows the secret, the only time that it is."""
    new = NewEndpoint(
        given.url,
        given.events,
        given.description,
        PayloadFormat(given.payload_format),
        SignatureKind(given.signature),
        given.ordered,
        given.rate_per_second,
        given.concurrency,
    )
    return schemas.WebhookEndpoint.of_new(await webhooks.create(tx, new, networks))


@router.get("/webhook-configs/events", summary="List webhook events", openapi_extra=ADMIN)
async def list_events() -> list[schemas.EventDescription]:
    """Every event name with the JSON Schema of its data and a sample."""
    return [schemas.EventDescription.of(name) for name in EventName]


@router.get(
    "/webhook-configs/{endpoint_id}", summary="Read a webhook endpoint", openapi_extra=ADMIN
)
async def get_endpoint(endpoint_id: EndpointId, tx: InReadTx) -> schemas.WebhookEndpoint:
    """One endpoint, its secret masked."""
    return schemas.WebhookEndpoint.of(await webhooks.read(tx, endpoint_id))


@router.patch(
    "/webhook-configs/{endpoint_id}", summary="Change a webhook endpoint", openapi_extra=ADMIN
)
async def change_endpoint(
    endpoint_id: EndpointId, given: schemas.ChangeWebhook, tx: InTx, networks: InNetworks
) -> schemas.WebhookEndpoint:
    """Change what is named. Pausing keeps deliveries; resuming sends those that waited."""
    changes = given.model_dump(exclude_unset=True)
    return schemas.WebhookEndpoint.of(await webhooks.change(tx, endpoint_id, changes, networks))


@router.delete(
    "/webhook-configs/{endpoint_id}",
    status_code=204,
    summary="Delete a webhook endpoint",
    openapi_extra=ADMIN,
)
async def delete_endpoint(endpoint_id: EndpointId, tx: InTx) -> None:
    """Send nothing more there; what it has not received yet fails."""
    await webhooks.delete(tx, endpoint_id)


@router.post(
    "/webhook-configs/{endpoint_id}/rotate-secret",
    summary="Rotate a webhook secret",
    openapi_extra=ADMIN,
)
async def rotate_secret(
    endpoint_id: EndpointId, given: schemas.RotateSecret, tx: InTx
) -> schemas.WebhookEndpoint:
    """Sign with a new secret too, and soon with it alone. The answer shows it, this once."""
    overlap = timedelta(seconds=given.overlap_seconds)
    return schemas.WebhookEndpoint.of_new(await webhooks.rotate_secret(tx, endpoint_id, overlap))


@router.post(
    "/webhook-configs/{endpoint_id}/test",
    status_code=202,
    summary="Send a sample event",
    openapi_extra=ADMIN,
)
async def test_endpoint(
    endpoint_id: EndpointId, given: schemas.SendSample, tx: InTx
) -> schemas.WebhookDelivery:
    """Deliver the sample of any event, as every event is delivered; `caused_by` is `test`."""
    told = await recovery.send_sample(tx, endpoint_id, EventName(given.type))
    return schemas.WebhookDelivery.of(told)


@router.post(
    "/webhook-configs/{endpoint_id}/replay",
    status_code=202,
    summary="Send a range of deliveries again",
    openapi_extra=ADMIN,
)
async def replay_range(
    endpoint_id: EndpointId, given: schemas.ReplayWebhook, tx: InTx, cursor: Cursor = None
) -> schemas.Replayed:
    """Make what has ended due now, 10,000 a call: of a time range, or all that failed since."""
    status = None if given.status is None else DeliveryStatus(given.status)
    span = Span(given.since, given.until, status, cursor)
    replayed, next_cursor = await recovery.replay(tx, endpoint_id, span)
    return schemas.Replayed(replayed=replayed, next_cursor=next_cursor)


@router.get("/webhook-deliveries", summary="List deliveries", openapi_extra=ADMIN)
async def list_deliveries(
    tx: InReadTx,
    endpoint_id: Annotated[UuidText | None, Query()] = None,
    status: Literal["pending", "succeeded", "failed"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> schemas.WebhookDeliveries:
    """A page of deliveries, newest first."""
    found, next_cursor = await deliveries.page(tx, Wanted(endpoint_id, status, cursor, limit))
    data = [schemas.WebhookDelivery.of(delivery) for delivery in found]
    return schemas.WebhookDeliveries(data=data, next_cursor=next_cursor)


@router.get("/webhook-deliveries/{delivery_id}", summary="Read a delivery", openapi_extra=ADMIN)
async def get_delivery(delivery_id: DeliveryId, tx: InReadTx) -> schemas.WebhookDeliveryWithLog:
    """One delivery with the text that is sent and every attempt to send it."""
    found = await deliveries.read(tx, delivery_id)
    attempts = await deliveries.log(tx, delivery_id)
    before = await deliveries.standing_before(tx, delivery_id)
    return schemas.WebhookDeliveryWithLog.of_logged(found, attempts, before)


@router.post(
    "/webhook-deliveries/{delivery_id}/replay",
    status_code=202,
    summary="Send a delivery again",
    openapi_extra=ADMIN,
)
async def replay_delivery(delivery_id: DeliveryId, tx: InTx) -> schemas.WebhookDelivery:
    """Make it due now, whatever became of it; the log of its attempts is kept."""
    return schemas.WebhookDelivery.of(await deliveries.replay(tx, delivery_id))
