"""Config versions as the API shows and takes them."""

from typing import Any, Literal

from app.configs.service import ConfigVersion as Row
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
