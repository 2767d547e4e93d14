"""Applying a preset: its rules are published, its gates set up."""

from app.configs import service as configs
from app.configs.presets import preset
from app.configs.service import ConfigVersion
from app.gates import service as gates
from app.gates.schemas import CreateGate
from app.kit.tx import Tx


async def apply_preset(tx: Tx, key: str) -> ConfigVersion:
    """Publish a preset's document and set up those of its gates that are not there yet.

    Raises:
        NotFound: there is no such preset.
    """
    chosen = preset(key)
    draft = await configs.create_draft(tx, chosen["document"])
    published = await configs.publish(tx, draft.id)
    known = {gate.gate_key for gate in (await gates.list_gates(tx)).gates}
    for gate in chosen.get("gates", ()):
        if gate["gate_key"] not in known:
            await gates.create(tx, CreateGate.model_validate(gate))
    return published
