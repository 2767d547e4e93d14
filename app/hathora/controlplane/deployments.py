"""Deployments V3. A deployment never changes; new rooms use the app's latest."""

import sqlite3

from app.hathora.controlplane import builds, identifiers
from app.hathora.controlplane.door import Call, Handler, Plane
from app.hathora.controlplane.instants import instant
from app.hathora.controlplane.refusals import Invalid, NotFound
from app.hathora.models.deployments import (
    DeploymentConfigV3,
    DeploymentEnv,
    DeploymentV3,
    DeploymentWithBuild,
)
from app.hathora.models.enums import BuildStatus
from app.hathora.models.ports import ContainerPort

_SELECT = """
SELECT deployment.*, build.build_tag
FROM deployment JOIN build ON build.build_id = deployment.build_id
"""


async def create_deployment(plane: Plane, call: Call) -> DeploymentV3:
    config: DeploymentConfigV3 = call.body

    def write(tx: sqlite3.Connection) -> str:
        return add_deployment(
            tx, call.app_id, config, org_id=call.org_id, created_by=call.caller, now=call.now
        )

    deployment_id = await plane.store.write(write)
    row = plane.store.reader.execute(
        f"{_SELECT} WHERE deployment_id = ?", (deployment_id,)
    ).fetchone()
    return _wire(row)


async def get_latest_deployment(plane: Plane, call: Call) -> DeploymentV3:
    found = latest(plane.store.reader, call.app_id)
    if found is None:
        raise NotFound("the app has no deployment")
    return found


def latest(reader: sqlite3.Connection, app_id: str) -> DeploymentV3 | None:
    row = reader.execute(
        f"{_SELECT} WHERE app_id = ? ORDER BY sequence DESC LIMIT 1", (app_id,)
    ).fetchone()
    return None if row is None else _wire(row)


def latest_with_build(reader: sqlite3.Connection, app_id: str) -> DeploymentWithBuild | None:
    found = latest(reader, app_id)
    if found is None:
        return None
    build = reader.execute("SELECT * FROM build WHERE build_id = ?", (found.build_id,)).fetchone()
    return DeploymentWithBuild(**dict(found), build=builds.wire_build(build))


def add_deployment(
    tx: sqlite3.Connection,
    app_id: str,
    config: DeploymentConfigV3,
    *,
    org_id: str,
    created_by: str,
    now: float,
) -> str:
    """Returns the new deployment's id.

    Raises:
        NotFound: the org has no such build.
        Invalid: the build is not finished.
    """
    build = tx.execute(
        "SELECT status FROM build WHERE build_id = ? AND org_id = ?", (config.build_id, org_id)
    ).fetchone()
    if build is None:
        raise NotFound(f"build {config.build_id} not found")
    if build["status"] != BuildStatus.SUCCEEDED:
        raise Invalid(f"build {config.build_id} is {build['status']}, not succeeded")
    deployment_id = identifiers.prefixed("dep")
    tx.execute(
        "INSERT INTO deployment (deployment_id, app_id, build_id, config, created_at, created_by)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            deployment_id,
            app_id,
            config.build_id,
            config.model_dump_json(by_alias=True, exclude_none=True),
            now,
            created_by,
        ),
    )
    return deployment_id


def _wire(row: sqlite3.Row) -> DeploymentV3:
    config = DeploymentConfigV3.model_validate_json(row["config"])
    return DeploymentV3(
        idle_timeout_enabled=config.idle_timeout_enabled,
        env=[DeploymentEnv(name=entry.name, value=entry.value) for entry in config.env],
        rooms_per_process=config.rooms_per_process,
        additional_container_ports=[
            ContainerPort(transport_type=port.transport_type, port=port.port, name=port.name)
            for port in config.additional_container_ports or []
        ],
        default_container_port=ContainerPort(
            transport_type=config.transport_type, port=config.container_port, name="default"
        ),
        created_at=instant(row["created_at"]),
        created_by=row["created_by"],
        requested_memory_mb=config.requested_memory_mb,
        requested_cpu=config.requested_cpu,
        deployment_id=row["deployment_id"],
        build_id=row["build_id"],
        app_id=row["app_id"],
        fleet_id=config.fleet_id,
        deployment_tag=config.deployment_tag,
        requested_gpu=config.requested_gpu,
        experimental_requested_gpu=config.experimental_requested_gpu,
        build_tag=row["build_tag"],
    )


HANDLERS: dict[str, Handler] = {
    "deploymentsV3.createDeployment": create_deployment,
    "deploymentsV3.getLatestDeployment": get_latest_deployment,
}
