"""What the lanes of this process took in, as plain numbers, counted a set at a time."""

from collections import Counter
from collections.abc import Sequence

from app.events.intake import Outcome
from app.events.unit import Unit
from app.kit.errors import AppError
from app.kit.tally import Spread

SET_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Tally:
    """Events by what became of them, refusals by code, and how large the sets were."""

    def __init__(self) -> None:
        self.accepted = 0
        self.replayed = 0
        self.refused: Counter[str] = Counter()
        self.set_sizes = Spread(SET_SIZES)

    def add(self, units: Sequence[Unit], outcomes: Sequence[Outcome]) -> None:
        """Count one set that has its outcomes."""
        size = 0
        for unit, outcome in zip(units, outcomes, strict=True):
            size += len(unit.events)
            if isinstance(outcome, AppError):
                self.refused[outcome.code] += len(unit.events)
                continue
            repeats = sum(accepted.is_replay for accepted in outcome)
            self.replayed += repeats
            self.accepted += len(outcome) - repeats
        self.set_sizes.add(size)

    def refuse(self, unit: Unit, refusal: AppError) -> None:
        """Count a unit that was refused by itself."""
        self.refused[refusal.code] += len(unit.events)
