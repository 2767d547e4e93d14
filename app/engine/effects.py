"""What a decision gives to a buddy, in the order in which it was given. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Earned:
    """`amount` of `token` was credited: 1 … 2^53−1, after multipliers, luck, caps and clipping.

    `source` names the counter-account: `rule:<key>`, `streak:<key>`, `badge:<key>` or
    `path:<key>`.
    """

    token: str
    amount: int
    source: str
    reason: str
    is_lucky: bool


@dataclass(frozen=True, slots=True)
class SkillChanged:
    """A skill's points and its level, before and after."""

    key: str
    value_before: int
    value: int
    level_before: int
    level: int


@dataclass(frozen=True, slots=True)
class StreakTicked:
    """A streak took a new period (or a win); `count` is the length of its latest run."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class StreakMilestone:
    """A run reached `milestone` for the first time."""

    key: str
    milestone: int


@dataclass(frozen=True, slots=True)
class StreakBurned:
    """A period ended untouched and no freeze was left; `count` is the length that was lost."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class StreakRestored:
    """A late event filled a gap (a freeze spent there is given back); `count` is the run's length.

    The run is alive again, or alive without the freeze.
    """

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class SkillDecayed:
    """A skill lost points because time passed; both are points."""

    key: str
    value_before: int
    value: int


@dataclass(frozen=True, slots=True)
class PathStepCompleted:
    """A sub-step is complete, or a whole step (`sub_step` None).

    `path_completed` says that with it every step of the path is complete.
    """

    path: str
    step: str
    sub_step: str | None
    path_completed: bool


@dataclass(frozen=True, slots=True)
class BadgeReady:
    """A manual badge's condition holds; somebody may now award it."""

    key: str


@dataclass(frozen=True, slots=True)
class BadgeAwarded:
    """A badge is held from now on."""

    key: str


@dataclass(frozen=True, slots=True)
class EvolutionReady:
    """The conditions of the next stage hold; `auto` says that the config evolves by itself."""

    stage_next: int
    auto: bool


Effect = (
    Earned
    | SkillChanged
    | StreakTicked
    | StreakMilestone
    | StreakBurned
    | StreakRestored
    | SkillDecayed
    | PathStepCompleted
    | BadgeReady
    | BadgeAwarded
    | EvolutionReady
)
