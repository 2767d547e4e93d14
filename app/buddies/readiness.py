"""Whether a buddy may evolve, and beginning it by hand."""

from datetime import datetime, tzinfo

from app.art.service import Atelier
from app.buddies import appearance, schemas
from app.buddies.herd import Herd
from app.buddies.progression import Standing, standing_of
from app.customers import credits
from app.customers import service as customers
from app.engine.config import Config
from app.engine.standing import MET, Progress, stage_progress
from app.engine.state import BuddyState
from app.kit.errors import Conflict
from app.kit.tx import Tx
from app.operations import service as operations
from app.operations.service import FINISHED, Operation, OperationKind


class NotReadyToEvolve(Conflict):
    """The conditions of the next stage do not hold, or there is no next stage."""

    def __init__(self, stage: int, progress: Progress | None) -> None:
        if progress is None:
            super().__init__(
                f"The buddy is at stage {stage}, and its config has none after it.",
                details={"stage": stage, "next_stage": None, "missing": []},
            )
            return
        super().__init__(
            f"The buddy is not ready for stage {stage + 1}: {' '.join(progress.missing)}",
            details={
                "stage": stage,
                "next_stage": stage + 1,
                "missing": list(progress.missing),
            },
        )


async def read(tx: Tx, buddy_id: str) -> schemas.EvolutionReadiness:
    """How near a buddy is to its next stage.

    Raises:
        NotFound: this customer has no such buddy.
    """
    return of_standing(await standing_of(tx, buddy_id))


def of_standing(of: Standing) -> schemas.EvolutionReadiness:
    """How near a buddy that stands so is to its next stage."""
    config, stage = of.config, of.row.stage
    progress = _progress(config, of.state, of.now, of.zone)
    following = config.stages.get(stage + 1)
    return schemas.EvolutionReadiness(
        buddy_id=of.row.buddy_id,
        current_stage=stage,
        next_stage=None if progress is None else stage + 1,
        is_ready=progress == MET,
        auto_evolve=config.auto_evolve,
        progress=1.0 if progress is None else progress.share,
        missing=[] if progress is None else list(progress.missing),
        next_label=None if following is None else following.label,
        stages=[
            schemas.EvolutionStage(stage=number, label=each.label, is_reached=number <= stage)
            for number, each in sorted(config.stages.items())
        ],
    )


async def start(tx: Tx, buddy_id: str, atelier: Atelier) -> Operation:
    """Begin to take a buddy to its next stage; while that runs, asking again changes nothing.

    Raises:
        NotFound, Conflict: see `Herd.one`.
        NotReadyToEvolve: nothing was changed.
        UpstreamImageError: the artist is left alone for a while.
        CreditInsufficient: a drawing costs more credits than there are.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    worn = await appearance.read(tx, buddy_id)
    if worn.evolve_operation_id is not None:
        under_way = await operations.read(tx, worn.evolve_operation_id)
        if under_way.status not in FINISHED:
            return under_way
    await credits.require_one(tx)
    progress = _progress(buddy.config, buddy.state, tx.now, buddy.zone)
    if progress != MET:
        raise NotReadyToEvolve(buddy.stage, progress)
    atelier.require_open()
    source = "demo" if (await customers.read(tx)).is_test else "prod"
    given = {
        "buddy_id": buddy_id,
        "to_stage": buddy.stage + 1,
        "event_id": None,
        "source": source,
    }
    worn.evolve_operation_id = herd.start_operation(OperationKind.EVOLVE, given)
    await herd.write()
    await appearance.write(tx, worn)
    return await operations.read(tx, worn.evolve_operation_id)


def _progress(config: Config, state: BuddyState, now: datetime, zone: tzinfo) -> Progress | None:
    """How near the next stage is; one that was announced as ready stays within reach."""
    progress = stage_progress(config, state, now=now, zone=zone)
    if progress is not None and state.announced > state.stage:
        return MET
    return progress
