"""From a process's row to the child that shall run: ports, command line, environment."""

import json
import random
import sqlite3
from pathlib import Path

from app.hathora.controlplane import builds, sockets
from app.hathora.controlplane.children import Launch
from app.hathora.controlplane.settings import Settings
from app.hathora.models.deployments import DeploymentConfigV3
from app.hathora.models.enums import ProcessStatus

_WANTED = """
SELECT process.*, app.app_secret, deployment.config, deployment.build_id, build.build_tag
FROM process
JOIN app ON app.app_id = process.app_id
JOIN deployment ON deployment.deployment_id = process.deployment_id
JOIN build ON build.build_id = deployment.build_id
WHERE process.process_id = ? AND process.pid IS NULL AND process.status = ?
"""
_FIRST_ROOM = """
SELECT room.room_id, room.room_config
FROM room_allocation AS stay JOIN room ON room.room_id = stay.room_id
WHERE stay.process_id = ? ORDER BY stay.sequence LIMIT 1
"""


def plan_launch(
    tx: sqlite3.Connection, process_id: str, *, settings: Settings, chance: random.Random
) -> Launch | None:
    """Reserve the ports of a process that is to be started and say how to start it; None if it
    is not wanted any more. Runs in a write transaction.

    Raises:
        sockets.NoPortFree
        builds.BuildUnusable: the build's folder has gone or its manifest is no good.
    """
    row = tx.execute(_WANTED, (process_id, ProcessStatus.STARTING)).fetchone()
    if row is None:
        return None
    config = DeploymentConfigV3.model_validate_json(row["config"])
    source = settings.builds_dir / row["build_id"]
    manifest = builds.read_manifest(source)
    named = [port.name for port in config.additional_container_ports or []]
    port, *more = _take_ports(tx, 1 + len(named), settings, chance)
    additional = [
        {"name": asked.name, "port": taken, "transportType": asked.transport_type}
        for asked, taken in zip(config.additional_container_ports or [], more, strict=True)
    ]
    tx.execute(
        "UPDATE process SET port = ?, additional_ports = ? WHERE process_id = ?",
        (port, json.dumps(additional), process_id),
    )
    directory = settings.process_dir(process_id)
    env = {
        **_base(directory, settings),
        **manifest.env,
        **{entry.name: entry.value for entry in config.env},
        **_hathora(tx, row, config, settings),
        **{f"HATHORA_{_shouted(name)}_PORT": str(at) for name, at in zip(named, more, strict=True)},
        "HATHORA_DEFAULT_PORT": str(port),
        "PORT": str(port),
    }
    return Launch(directory, source, manifest.command_for(port), env)


def _take_ports(
    tx: sqlite3.Connection, count: int, settings: Settings, chance: random.Random
) -> list[int]:
    taken: set[int] = set()
    for row in tx.execute("SELECT port, additional_ports FROM process WHERE terminated_at IS NULL"):
        taken.add(row["port"])
        taken.update(other["port"] for other in json.loads(row["additional_ports"]))
    return sockets.free_ports(
        count, first=settings.port_min, last=settings.port_max, taken=taken, chance=chance
    )


def _base(directory: Path, settings: Settings) -> dict[str, str]:
    return {
        "PATH": settings.child_path,
        "LANG": settings.child_lang,
        "HOME": str(directory / "work"),
        "TMPDIR": str(directory / "tmp"),
    }


def _hathora(
    tx: sqlite3.Connection, row: sqlite3.Row, config: DeploymentConfigV3, settings: Settings
) -> dict[str, str]:
    """What the platform tells every game server; nothing of it is there without a value."""
    room = tx.execute(_FIRST_ROOM, (row["process_id"],)).fetchone()
    told = {
        "HATHORA_APP_ID": row["app_id"],
        "HATHORA_APP_SECRET": row["app_secret"],
        "HATHORA_PROCESS_ID": row["process_id"],
        "HATHORA_DEPLOYMENT_ID": row["deployment_id"],
        "HATHORA_BUILD_TAG": row["build_tag"],
        "HATHORA_REGION": row["region"],
        "HATHORA_ROOMS_PER_PROCESS": str(row["rooms_per_process"]),
        "HATHORA_HOSTNAME": settings.advertised_host,
        "HATHORA_ALLOCATED_CPU": f"{config.requested_cpu:g}",
        "HATHORA_ALLOCATED_MEMORY_MB": f"{config.requested_memory_mb:.0f}",
        "HATHORA_INITIAL_ROOM_ID": room["room_id"] if room else None,
        "HATHORA_INITIAL_ROOM_CONFIG": room["room_config"] if room else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _shouted(name: str) -> str:
    return name.upper().replace("-", "_")
