"""Preparing a data directory without a server: organization, token, app, build, deployment.

All of it may be done while a control plane runs on the directory, or none does.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.hathora.controlplane import apps, builds, deployments, identifiers, store
from app.hathora.controlplane.settings import Settings
from app.hathora.models.apps import AuthConfiguration, CreateAppConfig, SwitchedOn
from app.hathora.models.deployments import DeploymentConfigV3, EnvConfig
from app.hathora.models.enums import OrgTokenStatus, TransportType

_BY = "bootstrap"
_CONTAINER_PORT = 4000
_UNDECIDED = "bld-undecided"
Done = TypeVar("Done")


@dataclass(frozen=True)
class Bootstrapped:
    """`deployment_id` and `build_id` are None as long as the app has no deployment."""

    org_id: str
    app_id: str
    app_secret: str
    dev_token: str
    deployment_id: str | None
    build_id: str | None


def bootstrap(
    data_dir: Path,
    *,
    app_name: str,
    build_source: Path | None = None,
    rooms_per_process: int = 1,
    env: dict[str, str] | None = None,
    transport_type: TransportType = TransportType.TCP,
    idle_timeout_enabled: bool = True,
    dev_token: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Bootstrapped:
    """Prepare an app, and a deployment of the folder `build_source`; safe to repeat.

    Asked again for the same `app_name` it answers the same app, and adds a build or a deployment
    only if the folder or the deployment's settings differ from the latest ones. A `dev_token`
    given in becomes valid; without one a new token is made each time, because only hashes are
    kept.

    Raises:
        builds.BuildUnusable: the folder has no usable `clutch-server.json`.
        pydantic.ValidationError: `app_name` or the deployment's settings break a limit.
    """
    now = clock()
    settings = Settings(data_dir=data_dir.resolve())
    app = CreateAppConfig(
        app_name=app_name, auth_configuration=AuthConfiguration(anonymous=SwitchedOn())
    )

    deployment = _deployment(rooms_per_process, env or {}, transport_type, idle_timeout_enabled)

    def write(tx: sqlite3.Connection) -> Bootstrapped:
        org_id = ensure_org(tx)
        token = dev_token or identifiers.org_token()
        ensure_token(tx, org_id, token, now=now)
        row = _ensure_app(tx, org_id, app, now=now)
        if build_source is not None:
            build_id = _ensure_build(tx, settings, org_id, build_source, now=now)
            config = deployment.model_copy(update={"build_id": build_id})
            _ensure_deployment(tx, row["app_id"], config, org_id, now=now)
        latest = deployments.latest(tx, row["app_id"])
        named = (latest.deployment_id, latest.build_id) if latest else (None, None)
        return Bootstrapped(org_id, row["app_id"], row["app_secret"], token, *named)

    return _in(settings, write)


def _deployment(
    rooms_per_process: int,
    env: dict[str, str],
    transport_type: TransportType,
    idle_timeout_enabled: bool,
) -> DeploymentConfigV3:
    """The deployment asked for; its build is not known yet."""
    return DeploymentConfigV3(
        idle_timeout_enabled=idle_timeout_enabled,
        env=[EnvConfig(name=name, value=value) for name, value in env.items()],
        rooms_per_process=rooms_per_process,
        transport_type=transport_type,
        container_port=_CONTAINER_PORT,
        requested_memory_mb=1024,
        requested_cpu=0.5,
        build_id=_UNDECIDED,
    )


def register_build(
    data_dir: Path,
    build_id: str,
    source_dir: Path,
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Copy a folder in as a finished build of that id.

    Raises:
        builds.BuildUnusable: the folder has no usable `clutch-server.json`.
        sqlite3.IntegrityError: there is a build of that id.
    """
    settings = Settings(data_dir=data_dir.resolve())

    def write(tx: sqlite3.Connection) -> None:
        builds.add_build(
            tx,
            builds_dir=settings.builds_dir,
            org_id=ensure_org(tx),
            build_id=build_id,
            source=source_dir,
            now=clock(),
        )

    _in(settings, write)


def first_token(data_dir: Path, *, clock: Callable[[], float] = time.time) -> str | None:
    """A token for a directory that has none; None if it has one, of which only a hash is kept."""

    def write(tx: sqlite3.Connection) -> str | None:
        org_id = ensure_org(tx)
        if tx.execute("SELECT 1 FROM org_token LIMIT 1").fetchone():
            return None
        token = identifiers.org_token()
        ensure_token(tx, org_id, token, now=clock())
        return token

    return _in(Settings(data_dir=data_dir.resolve()), write)


def ensure_org(tx: sqlite3.Connection) -> str:
    """The one organization of this control plane."""
    found = tx.execute("SELECT org_id FROM org").fetchone()
    if found is not None:
        return str(found["org_id"])
    org_id = identifiers.prefixed("org")
    tx.execute("INSERT INTO org (org_id) VALUES (?)", (org_id,))
    return org_id


def ensure_token(tx: sqlite3.Connection, org_id: str, token: str, *, now: float) -> None:
    org_token_id = identifiers.prefixed("org-token")
    tx.execute(
        "INSERT INTO org_token (org_token_id, org_id, name, token_hash, last_four, status,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token_hash) DO NOTHING",
        (
            org_token_id,
            org_id,
            f"{_BY}-{org_token_id[-8:]}",
            identifiers.token_hash(token),
            token[-4:],
            OrgTokenStatus.ACTIVE,
            now,
        ),
    )


def _ensure_app(
    tx: sqlite3.Connection, org_id: str, config: CreateAppConfig, *, now: float
) -> sqlite3.Row:
    named = (org_id, config.app_name)
    query = "SELECT * FROM app WHERE org_id = ? AND app_name = ?"
    if tx.execute(query, named).fetchone() is None:
        apps.add_app(tx, org_id, config, created_by=_BY, now=now)
    found: sqlite3.Row = tx.execute(query, named).fetchone()
    return found


def _ensure_build(
    tx: sqlite3.Connection, settings: Settings, org_id: str, source: Path, *, now: float
) -> str:
    found = tx.execute(
        "SELECT build_id FROM build WHERE org_id = ? AND content_hash = ? ORDER BY created_at DESC",
        (org_id, builds.content_hash(source)),
    ).fetchone()
    if found is not None and (settings.builds_dir / found["build_id"]).is_dir():
        return str(found["build_id"])
    build_id = identifiers.prefixed("bld")
    builds.add_build(
        tx, builds_dir=settings.builds_dir, org_id=org_id, build_id=build_id, source=source, now=now
    )
    return build_id


def _ensure_deployment(
    tx: sqlite3.Connection, app_id: str, config: DeploymentConfigV3, org_id: str, *, now: float
) -> None:
    latest = tx.execute(
        "SELECT config FROM deployment WHERE app_id = ? ORDER BY sequence DESC LIMIT 1", (app_id,)
    ).fetchone()
    if latest is None or DeploymentConfigV3.model_validate_json(latest["config"]) != config:
        deployments.add_deployment(tx, app_id, config, org_id=org_id, created_by=_BY, now=now)


def _in(settings: Settings, work: Callable[[sqlite3.Connection], Done]) -> Done:
    with _opened(settings) as connection:
        return store.transact(connection, work)


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[sqlite3.Connection]:
    connection = store.connect(settings.database_path)
    try:
        yield connection
    finally:
        connection.close()
