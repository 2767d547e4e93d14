"""Presets over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.configs.presets import presets
from app.configs.schemas import ConfigVersion, Preset, Presets
from app.gates.presets import apply_preset
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.principal import Credential
from app.kit.schemas import Key

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1/presets", tags=["configs"], route_class=TxRoute)


@router.get("", summary="List presets", openapi_extra=ADMIN)
async def list_presets(tx: InReadTx) -> Presets:
    """Ready-made rules to begin with."""
    return Presets(
        data=[
            Preset(key=key, title=each["title"], notes=each.get("notes", ""))
            for key, each in presets().items()
        ]
    )


@router.post("/{key}/apply", summary="Apply a preset", openapi_extra=ADMIN)
async def apply(key: Annotated[Key, Path()], tx: InTx) -> ConfigVersion:
    """Publish the preset's rules and set up its gates."""
    return ConfigVersion.of(await apply_preset(tx, key))
