"""What a browser is shown of one buddy, and what it may ask for."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.buddies.appearance import AppearanceStatus
from app.buddies.schemas import EvolutionReadiness, TokensSummary
from app.engine.document_items import Category
from app.events.schemas import EventType
from app.items.schemas import Price
from app.kit.schemas import Input, InstantIn, InstantOut, JsonObject, Output
from app.leaderboards.schemas import Board
from app.paths.schemas import Path

TrackedId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._:|@=+~-]{1,64}$"),
    Field(
        description="Yours: the same id twice counts once for this buddy. "
        "The log has the event as `widget:{buddy_id}:{event_id}`."
    ),
]


class TrackEvent(Input):
    """Something that the token's user did."""

    event_id: TrackedId
    type: EventType
    occurred_at: InstantIn | None = Field(default=None, description="Now, if left out.")
    properties: JsonObject = Field(default_factory=dict)


class WidgetBuddy(Output):
    """The token's buddy. `image_url` is null until it was drawn."""

    id: str
    name: str
    audience: str
    status: Literal["active", "archived"]
    stage: int
    stage_label: str
    image_url: str | None
    thumb_url: str | None
    appearance: AppearanceStatus
    equipped_items: list[str]


class WidgetBadge(Output):
    """A badge: earned ones with when, others with how far they are, 0.0 to 1.0."""

    badge_key: str
    label: str
    description: str
    status: Literal["earned", "ready", "locked"]
    awarded_at: str | None
    progress: float


class NextMilestone(Output):
    """The next length of a streak that pays something, and what."""

    at: int
    tokens: dict[str, int]
    badge: str | None


class WidgetStreak(Output):
    """A streak; `is_done` says whether its present period counts already, null for wins."""

    key: str
    label: str
    kind: Literal["daily", "weekly", "monthly", "win"]
    count: int
    is_done: bool | None
    freezes_left: int | None
    next_milestone: NextMilestone | None


class WidgetItem(Output):
    """Something in the shop, or owned: what is no longer sold has `is_for_sale` false.

    `stock_left` is null where there is no end of it.
    """

    item_id: str
    name: str
    description: str
    category: Category
    rarity: str
    price: list[Price]
    image_url: str | None
    owned: int
    is_equipped: bool
    is_for_sale: bool
    is_affordable: bool
    per_buddy_limit: int
    stock_left: int | None


class WidgetState(Output):
    """Everything that the widgets show of one buddy, boards' rankings left out.

    `items` is null where the plan has no marketplace. While `pending_operations` is not empty, a
    picture is being drawn.
    """

    scopes: list[str]
    expires_at: InstantOut
    buddy: WidgetBuddy
    evolution: EvolutionReadiness
    tokens: TokensSummary
    badges: list[WidgetBadge]
    streaks: list[WidgetStreak]
    paths: list[Path]
    items: list[WidgetItem] | None
    leaderboards: list[Board]
    pending_operations: list[str]
