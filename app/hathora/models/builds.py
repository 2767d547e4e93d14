"""Builds V3."""

from pydantic import AwareDatetime

from app.hathora.models.enums import OpenBuildStatus
from app.hathora.models.wire import ABSENT, Answer


class BuildV3(Answer):
    """`image_size` in bytes."""

    image_size: int
    status: OpenBuildStatus
    deleted_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    started_at: AwareDatetime | None
    created_at: AwareDatetime
    created_by: str
    build_id: str
    org_id: str
    content_hash: str | None = ABSENT
    build_tag: str | None = ABSENT
