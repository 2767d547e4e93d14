"""Processes V3."""

from pydantic import AwareDatetime

from app.hathora.models.enums import OpenProcessStatus, OpenRegion
from app.hathora.models.ports import ExposedPort
from app.hathora.models.wire import ABSENT, Answer


class ProcessV3(Answer):
    """One game-server process. The times say how far it came; see `ProcessStatus`."""

    status: OpenProcessStatus
    rooms_allocated: int
    terminated_at: AwareDatetime | None
    stopping_at: AwareDatetime | None
    started_at: AwareDatetime | None
    booted_at: AwareDatetime | None
    scheduled_at: AwareDatetime | None
    created_at: AwareDatetime
    rooms_per_process: int
    additional_exposed_ports: list[ExposedPort]
    exposed_port: ExposedPort | None
    region: OpenRegion
    process_id: str
    deployment_id: str
    app_id: str
    hosting: str | None = ABSENT
    summary_exit_reason: str | None = ABSENT
    fleet_id: str | None = ABSENT


class ProcessCount(Answer):
    count: int
