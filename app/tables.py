"""Every table, gathered for Alembic and for the house tests."""

from app.art import models as art
from app.buddies import models as buddies
from app.buddies import ranking_models as rankings
from app.configs import models as configs
from app.console import models as console
from app.customers import audit_models as audits
from app.customers import models as customers
from app.customers import sweep_models as sweeps
from app.customers import total_models as totals
from app.customers import usage_models as usage
from app.eggs import models as eggs
from app.events import models as events
from app.gates import models as gates
from app.items import models as items
from app.kit.db import METADATA
from app.ledger import models as ledger
from app.matches import models as matches
from app.operations import models as operations
from app.sessions import models as sessions
from app.users import models as users
from app.webhooks import models as webhooks

__all__ = [
    "METADATA",
    "art",
    "audits",
    "buddies",
    "configs",
    "console",
    "customers",
    "eggs",
    "events",
    "gates",
    "items",
    "ledger",
    "matches",
    "operations",
    "rankings",
    "sessions",
    "sweeps",
    "totals",
    "usage",
    "users",
    "webhooks",
]
