"""Skills changed by hand."""

from app.buddies import effects, schemas
from app.buddies import service as buddies
from app.buddies.herd import Cause, Herd
from app.buddies.progression_schemas import UpdateSkills
from app.engine.skills import SkillUpdate, update_skills
from app.kit.errors import ValidationFailed
from app.kit.tx import Tx


async def update(tx: Tx, buddy_id: str, given: UpdateSkills) -> schemas.Buddy:
    """Make all of the changes, or none; and give what follows from them.

    Raises:
        NotFound, Conflict: see `Herd.one`.
        ValidationFailed: with every fault of every change.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    decision = update_skills(
        buddy.config,
        buddy.state,
        [SkillUpdate(each.key, each.action, each.amount, each.value) for each in given.updates],
        now=tx.now,
        zone=buddy.zone,
        audience=buddy.audience,
    )
    if isinstance(decision, list):
        raise ValidationFailed(
            [{"path": fault.pointer, "message": fault.message} for fault in decision]
        )
    effects.apply(herd, buddy, decision, Cause(request_id=tx.request_id))
    await herd.write()
    return await buddies.read(tx, buddy_id)
