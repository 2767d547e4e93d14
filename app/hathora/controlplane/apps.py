"""Apps V2. An app's secret is part of every answer, as the API has it."""

import json
import sqlite3

from app.hathora.controlplane import deployments, identifiers
from app.hathora.controlplane.door import Call, Handler, Plane
from app.hathora.controlplane.instants import instant
from app.hathora.controlplane.refusals import Invalid, NotFound
from app.hathora.models.apps import (
    Application,
    ApplicationsPage,
    ApplicationWithDeployment,
    CreateAppConfig,
)


async def create_app(plane: Plane, call: Call) -> Application:
    config: CreateAppConfig = call.body
    org_id = _org(call)

    def write(tx: sqlite3.Connection) -> str:
        return add_app(tx, org_id, config, created_by=call.caller, now=call.now)

    app_id = await plane.store.write(write)
    row = plane.store.reader.execute("SELECT * FROM app WHERE app_id = ?", (app_id,)).fetchone()
    return Application(**_fields(row))


async def get_app(plane: Plane, call: Call) -> Application:
    assert call.app is not None, "the path names an app"
    return Application(**_fields(call.app))


async def get_apps(plane: Plane, call: Call) -> ApplicationsPage:
    reader = plane.store.reader
    rows = reader.execute(
        "SELECT * FROM app WHERE org_id = ? ORDER BY created_at, app_id", (_org(call),)
    ).fetchall()
    return ApplicationsPage(
        applications=[
            ApplicationWithDeployment(
                **_fields(row), deployment=deployments.latest_with_build(reader, row["app_id"])
            )
            for row in rows
        ]
    )


def add_app(
    tx: sqlite3.Connection,
    org_id: str,
    config: CreateAppConfig,
    *,
    created_by: str,
    now: float,
) -> str:
    """A new app with a new secret. Returns its id.

    Raises:
        Invalid: the org has an app of that name.
    """
    app_id = identifiers.prefixed("app")
    auth = config.auth_configuration.model_dump_json(by_alias=True, exclude_none=True)
    try:
        tx.execute(
            "INSERT INTO app (app_id, org_id, app_name, app_secret, auth_configuration,"
            " created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                app_id,
                org_id,
                config.app_name,
                identifiers.prefixed("secret"),
                auth,
                now,
                created_by,
            ),
        )
    except sqlite3.IntegrityError:
        raise Invalid(f"appName {config.app_name} is taken in this organization") from None
    return app_id


def _org(call: Call) -> str:
    wanted = call.one("orgId")
    if wanted is not None and wanted != call.org_id:
        raise NotFound("organization not found")
    return call.org_id


def _fields(row: sqlite3.Row) -> dict[str, object]:
    return {
        "deleted_by": None,
        "deleted_at": None,
        "created_at": instant(row["created_at"]),
        "created_by": row["created_by"],
        "org_id": row["org_id"],
        "service_config": None,
        "auth_configuration": json.loads(row["auth_configuration"]),
        "app_secret": row["app_secret"],
        "app_id": row["app_id"],
        "app_name": row["app_name"],
    }


HANDLERS: dict[str, Handler] = {
    "appsV2.createApp": create_app,
    "appsV2.getApp": get_app,
    "appsV2.getApps": get_apps,
}
