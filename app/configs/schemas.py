"""Config versions as the API shows and takes them."""

from dataclasses import asdict
from typing import Any, Literal

from app.configs.service import ConfigVersion as Row
from app.engine.differences import Change as Found
from app.engine.differences import ChangeKind
from app.kit.pages import Meta
from app.kit.schemas import Input, InstantOut, JsonDocument, Output


class CreateVersion(Input):
    """A new draft; without a document it is a copy of the published version."""

    document: JsonDocument | None = None


class ReplaceVersion(Input):
    """The whole document of a draft."""

    document: JsonDocument


class ConfigVersion(Output):
    """A version of the rules."""

    id: str
    status: Literal["draft", "published", "archived"]
    document: dict[str, Any]
    created_at: InstantOut
    published_at: InstantOut | None

    @classmethod
    def of(cls, row: Row) -> "ConfigVersion":
        """The version as the API shows it."""
        return cls.model_validate(
            {
                "id": row.id,
                "status": row.status,
                "document": row.read(),
                "created_at": row.created_at,
                "published_at": row.published_at,
            }
        )


class ConfigVersions(Output):
    """A page of versions."""

    data: list[ConfigVersion]
    meta: Meta


class Change(Output):
    """One difference; `before` is null for what was added, `after` for what was removed."""

    pointer: str
    kind: ChangeKind
    before: Any
    after: Any


class Diff(Output):
    """What a version has that another has not."""

    config_version_id: str
    against: str
    changes: list[Change]

    @classmethod
    def of(cls, config_version_id: str, against: str, changes: list[Found]) -> "Diff":
        """The differences as the API shows them."""
        shown = [Change(**asdict(change)) for change in changes]
        return cls(config_version_id=config_version_id, against=against, changes=shown)


class Fault(Output):
    """A fault of a document and where it is."""

    pointer: str
    message: str


class Validation(Output):
    """Whether a version could be published, with every fault at once."""

    valid: bool
    faults: list[Fault]


class Preset(Output):
    """A ready-made set of rules."""

    key: str
    title: str
    notes: str


class Presets(Output):
    """All presets."""

    data: list[Preset]
