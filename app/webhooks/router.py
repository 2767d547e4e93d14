"""Webhook endpoints and deliveries over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.egress_addresses import Network
from app.kit.pages import Cursor, Limit
from app.kit.principal import Credential
from app.kit.schemas import UuidText
from app.webhooks import deliveries, schemas
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName
from app.webhooks.deliveries import Wanted
from app.webhooks.service import NewEndpoint
from app.webhooks.signature import PayloadFormat

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
        given.url, given.events, given.description, PayloadFormat(given.payload_format)
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
    return schemas.WebhookDeliveryWithLog.of_logged(found, await deliveries.log(tx, delivery_id))


@router.post(
    "/webhook-deliveries/{delivery_id}/replay",
    status_code=202,
    summary="Send a delivery again",
    openapi_extra=ADMIN,
)
async def replay_delivery(delivery_id: DeliveryId, tx: InTx) -> schemas.WebhookDelivery:
    """Make it due now, whatever became of it; the log of its attempts is kept."""
    return schemas.WebhookDelivery.of(await deliveries.replay(tx, delivery_id))
