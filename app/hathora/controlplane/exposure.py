"""The ports of a process as the world sees them: none before they are bound, none after its end."""

import json
import sqlite3
from dataclasses import dataclass

from app.hathora.models.ports import ExposedPort


@dataclass(frozen=True)
class Exposed:
    default: ExposedPort | None
    additional: list[ExposedPort]


def exposed(process: sqlite3.Row, host: str) -> Exposed:
    if process["started_at"] is None or process["terminated_at"] is not None:
        return Exposed(None, [])
    default = ExposedPort(
        transport_type=process["transport_type"], port=process["port"], host=host, name="default"
    )
    additional = [
        ExposedPort(
            transport_type=port["transportType"], port=port["port"], host=host, name=port["name"]
        )
        for port in json.loads(process["additional_ports"])
    ]
    return Exposed(default, additional)
