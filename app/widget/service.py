"""What a browser sees of the buddy that its token is for, in one cheap read, and events from it."""

from sqlalchemy import select

from app.art.service import url
from app.buddies import appearance, readiness, views
from app.buddies.appearance import Appearance
from app.buddies.models import buddy as buddy_table
from app.buddies.progression import Standing, standing_of
from app.configs import service as configs
from app.configs.choices import with_choices
from app.customers import entitlements
from app.customers import service as customers
from app.customers.plans import Feature
from app.engine.config import Config
from app.engine.parts_world import Item
from app.events.unit import NewEvent, Unit
from app.items.models import owned_item
from app.items.outfit import look_of
from app.items.service import sold_of
from app.kit.db import Database
from app.kit.errors import Conflict, NotFound
from app.kit.principal import Principal
from app.kit.tx import AnyRow, Tx
from app.leaderboards import service as leaderboards
from app.paths import service as paths
from app.widget import pictures, schemas
from app.widget import views as widgets

OWNED_COLUMNS = ("item_id", "name", "category", "rarity", "image_url", "quantity", "look")


async def read(tx: Tx, principal: Principal) -> schemas.WidgetState:
    """Everything that the widgets of a token's buddy show; seven statements, nine at most.

    Raises:
        NotFound: the buddy is gone.
    """
    buddy_id, expires_at = principal.subject, principal.expires_at
    assert buddy_id is not None, "a browser's token has one"
    assert expires_at is not None, "a browser's token ends"
    of = await standing_of(tx, buddy_id)
    owner = await customers.read(tx)
    entitlement = await entitlements.read(tx)
    worn = await appearance.read(tx, buddy_id)
    version = owner.published_config_id
    published = None if version is None else await configs.compiled(tx, version)
    has_shop = entitlement.may(Feature.MARKETPLACE)
    walked = with_choices(of.row.config_version_id, of.config, owner.settled.active_paths)
    return schemas.WidgetState(
        scopes=sorted(principal.scopes),
        expires_at=expires_at,
        buddy=_buddy(of, worn),
        evolution=readiness.of_standing(of),
        tokens=views.tokens(buddy_id, of.config, of.accounts),
        badges=widgets.badges(of),
        streaks=widgets.streaks(of),
        paths=[
            paths.shown(walked, of.state, key, now=of.now, zone=of.zone)
            for key, path in walked.paths.items()
            if path.audience == of.row.audience
        ],
        items=await _items(tx, published, of, worn) if has_shop else None,
        leaderboards=[] if published is None else leaderboards.boards(published, principal),
        pending_operations=[] if worn.operation_id is None else [worn.operation_id],
    )


async def event_of(
    database: Database, principal: Principal, given: schemas.TrackEvent, request_id: str
) -> Unit:
    """An event of the token's user as the lane takes it; ids live in a space of the buddy's own.

    Raises:
        NotFound: the buddy is gone.
        Conflict: it is archived; an event would make another one.
    """
    assert principal.user_id is not None, "a browser's token has one"
    c = buddy_table.c
    async with database.read(principal.customer_id) as tx:
        mine = (c.customer_id == tx.customer_id, c.buddy_id == principal.subject)
        row = await tx.row(select(c.audience, c.status).where(*mine))
    if row is None:
        raise NotFound("buddy", str(principal.subject))
    if row.status != "active":
        raise Conflict(
            "This buddy is archived and can't be changed any more.",
            details={"status": row.status, "allowed": ["active"]},
        )
    event = NewEvent.of(
        event_id=f"widget:{principal.subject}:{given.event_id}",
        user_id=principal.user_id,
        type=given.type,
        audience=row.audience,
        occurred_at=given.occurred_at,
        properties=given.properties,
        request_id=request_id,
    )
    return Unit(principal.customer_id, [event])


def _buddy(of: Standing, worn: Appearance) -> schemas.WidgetBuddy:
    row = of.row
    stage = of.config.stages.get(row.stage)
    return schemas.WidgetBuddy(
        id=row.buddy_id,
        name=row.name,
        audience=row.audience,
        status=row.status,
        stage=row.stage,
        stage_label=f"Stage {row.stage}" if stage is None else stage.label,
        image_url=url(row.customer_id, row.image),
        thumb_url=url(row.customer_id, row.thumb),
        appearance=worn.status(row.image),
        equipped_items=list(worn.equipped_ids),
    )


async def _items(
    tx: Tx, published: Config | None, of: Standing, worn: Appearance
) -> list[schemas.WidgetItem]:
    """What the buddy sees in the shop, then what it owns and sees there no more."""
    listed = {} if published is None else published.items
    sold = await sold_of(tx, [item.id for item in listed.values() if item.stock is not None])
    owned = of.state.items_owned
    shown = []
    for item in listed.values():
        assert published is not None
        is_for_sale = widgets.is_shown(published, of, item.id)
        if is_for_sale or owned.get(item.id):
            shown.append(
                widgets.item(
                    item,
                    of,
                    is_for_sale=is_for_sale,
                    image_url=_image_of(tx, item, of.row.stage),
                    equipped=worn.equipped_ids,
                    sold=sold,
                )
            )
    if owned.keys() - listed.keys():
        rows = await tx.lookup(owned_item, OWNED_COLUMNS, "buddy_id", [of.row.buddy_id])
        gone = sorted((row for row in rows if row.item_id not in listed), key=lambda row: row[0])
        shown += [_keepsake(tx, row, worn) for row in gone]
    return shown


def _image_of(tx: Tx, item: Item, stage: int) -> str | None:
    own = item.images.get(stage, item.image_url)
    return own or pictures.address(tx.key, item.category.value, look_of(item))


def _keepsake(tx: Tx, row: AnyRow, worn: Appearance) -> schemas.WidgetItem:
    """An item that the published shop has no more."""
    return schemas.WidgetItem(
        item_id=row.item_id,
        name=row.name,
        description="",
        category=row.category,
        rarity=row.rarity,
        price=[],
        image_url=row.image_url or pictures.address(tx.key, row.category, row.look),
        owned=row.quantity,
        is_equipped=row.item_id in worn.equipped_ids,
        is_for_sale=False,
        is_affordable=False,
        per_buddy_limit=row.quantity,
        stock_left=None,
    )
