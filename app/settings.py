"""Settings, read from `CLUTCH_<NAME>`; every command line option of the same name wins."""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.customers.plans import PlanChange, tariff
from app.kit.crypto import MasterKey
from app.kit.db import sqlite_url
from app.kit.tariff import Tariff

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """How this installation runs. Durations are seconds, sizes bytes."""

    model_config = SettingsConfigDict(env_prefix="CLUTCH_", frozen=True)

    data_dir: Path = Path(".data")
    database_url: str = ""
    master_key: str = ""
    egress_allow: str = ""
    default_plan: str = "unlimited"
    plans: dict[str, PlanChange] = {}
    limits_url: str = "memory://"
    upgrade_url: str = ""
    top_up_url: str = ""
    drawing_cost: int | None = None
    event_retention_days: int | None = Field(None, ge=1)
    trusted_proxies: str = ""
    art_url: str = ""
    art_secret: str = ""
    media_dir: Path | None = None
    public_url: str = "http://127.0.0.1:8080"
    body_bytes_max: int = MEBIBYTE
    lane_units_max: int = 4096
    lease_seconds: float = 20.0
    poll_seconds: float = 1.0
    hints: bool = True  # LISTEN needs a session: off behind a pooler that has none
    match_poll_seconds: float = 5.0
    delivery_concurrency: int = 32
    delivery_timeout_seconds: float = 10.0
    webhook_log_days: float = 30.0
    webhook_log_bytes_max: int = 1024 * MEBIBYTE
    failed_authentications_per_minute: int = 20
    log_requests: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    metrics_key: str = ""

    @field_validator("trusted_proxies", "egress_allow")
    @classmethod
    def _is_list_of_networks(cls, text: str) -> str:
        _networks(text)
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _trusts_not_everybody(cls, text: str) -> str:
        if any(network.prefixlen == 0 for network in _networks(text)):
            raise ValueError("whoever trusts every address lets every caller choose its own")
        return text

    @property
    def url(self) -> str:
        """Where the database is; the embedded one in the data directory unless told otherwise."""
        return self.database_url or sqlite_url(self.data_dir)

    @cached_property
    def key(self) -> MasterKey:
        """The master key: from the environment, else on SQLite from a file made at first start.

        Raises:
            ValueError: PostgreSQL without `CLUTCH_MASTER_KEY`.
        """
        if self.master_key:
            return MasterKey.from_text(self.master_key)
        if self.url.startswith("sqlite"):
            return MasterKey.from_file(self.data_dir / "master.key")
        raise ValueError(
            "On PostgreSQL the master key must come from CLUTCH_MASTER_KEY (32 bytes, base64). "
            "Make one with: openssl rand -base64 32"
        )

    @cached_property
    def tariff(self) -> Tariff:
        """The plans of this installation: those built in, as `CLUTCH_PLANS` changes them.

        Raises:
            ValueError: `CLUTCH_DEFAULT_PLAN` names a plan that does not exist.
        """
        guide = f"{self.public_url}/guide"
        return tariff(
            self.plans,
            default=self.default_plan,
            drawing_cost=self.credits_per_drawing,
            upgrade_url=self.upgrade_url or guide,
            top_up_url=self.top_up_url or guide,
            event_days=self.event_retention_days,
        )

    @property
    def credits_per_drawing(self) -> int:
        """What was set; else an art provider's drawing costs one credit, and ours are free."""
        if self.drawing_cost is not None:
            return self.drawing_cost
        return 1 if self.art_url else 0

    @property
    def public_origin(self) -> str:
        """The origin of the public URL, as browsers write it."""
        return "/".join(self.public_url.split("/")[:3])

    @property
    def egress_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks that webhooks may reach although they are private."""
        return _networks(self.egress_allow)

    @property
    def proxies(self) -> list[str]:
        """Addresses and networks whose `X-Forwarded-For` is believed."""
        return [str(network) for network in _networks(self.trusted_proxies)]


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
