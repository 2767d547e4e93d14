"""Operations as the API shows them."""

from typing import Any

from app.kit.schemas import InstantOut, Output, absent
from app.operations.service import Operation as Row
from app.operations.service import OperationKind, OperationStatus


class Operation(Output):
    """Promised work. `result` is there once it completed, `error` once it failed."""

    operation_id: str
    id: str
    type: OperationKind
    status: OperationStatus
    result: dict[str, Any] | None = absent()
    error: str | None = absent()
    created_at: InstantOut
    updated_at: InstantOut

    @classmethod
    def of(cls, row: Row) -> "Operation":
        """The operation as its caller sees it."""
        return cls(
            operation_id=row.id,
            id=row.id,
            type=OperationKind(row.kind),
            status=OperationStatus(row.status),
            result=row.result,
            error=row.error,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class OperationStarted(Output):
    """Work that has begun; ask `GET /operations/{operation_id}` for its end."""

    operation_id: str
    status: str
