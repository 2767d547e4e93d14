"""Config versions over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.configs import service as configs
from app.configs.schemas import (
    ConfigVersion,
    ConfigVersions,
    CreateVersion,
    Diff,
    Fault,
    ReplaceVersion,
    Validation,
)
from app.engine.config import ConfigDocument
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.pages import InPage, Meta
from app.kit.principal import Credential
from app.kit.schemas import UuidText

ADMIN = access(Credential.SECRET)
VersionId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/config-versions", tags=["configs"], route_class=TxRoute)


@router.get("", summary="List config versions", openapi_extra=ADMIN)
async def list_versions(tx: InReadTx, page: InPage) -> ConfigVersions:
    """A page of versions, newest first."""
    rows, total = await configs.list_versions(tx, offset=page.offset, limit=page.limit)
    return ConfigVersions(
        data=[ConfigVersion.of(row) for row in rows],
        meta=Meta(total=total, page=page.page, limit=page.limit),
    )


@router.post("", status_code=201, summary="Create a draft", openapi_extra=ADMIN)
async def create_draft(given: CreateVersion, tx: InTx) -> ConfigVersion:
    """A draft of the document given, else a copy of the published version."""
    return ConfigVersion.of(await configs.create_draft(tx, given.document))


@router.get("/schema", summary="Read the JSON Schema", openapi_extra=ADMIN)
async def read_schema(tx: InReadTx) -> dict[str, Any]:
    """The JSON Schema of a config document."""
    return ConfigDocument.model_json_schema()


@router.get("/{version_id}", summary="Read a config version", openapi_extra=ADMIN)
async def get_version(version_id: VersionId, tx: InReadTx) -> ConfigVersion:
    """One version with its document."""
    return ConfigVersion.of(await configs.read(tx, version_id))


@router.put("/{version_id}", summary="Replace a draft", openapi_extra=ADMIN)
async def replace_draft(version_id: VersionId, given: ReplaceVersion, tx: InTx) -> ConfigVersion:
    """Only drafts change; a document with faults can be kept, but not published."""
    return ConfigVersion.of(await configs.replace(tx, version_id, given.document))


@router.get("/{version_id}/validation", summary="Validate a version", openapi_extra=ADMIN)
async def validate_version(version_id: VersionId, tx: InReadTx) -> Validation:
    """Every fault of the document at once, with JSON pointers."""
    version = await configs.read(tx, version_id)
    faults = configs.faults(version.read())
    found = [Fault(pointer=fault.pointer, message=fault.message) for fault in faults]
    return Validation(valid=not found, faults=found)


@router.get("/{version_id}/diff", summary="Compare two versions", openapi_extra=ADMIN)
async def diff_versions(
    version_id: VersionId, tx: InReadTx, against: Annotated[UuidText | None, Query()] = None
) -> Diff:
    """What this version changes against another one, else against the published one.

    Entries of lists are told apart by their keys, wherever they stand.
    """
    other, changes = await configs.diff(tx, version_id, against)
    return Diff.of(version_id, other, changes)


@router.post("/{version_id}/publish", summary="Publish a draft", openapi_extra=ADMIN)
async def publish_draft(version_id: VersionId, tx: InTx) -> ConfigVersion:
    """New buddies follow it from now on; buddies that live keep the version they have."""
    return ConfigVersion.of(await configs.publish(tx, version_id))
