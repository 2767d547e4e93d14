"""New ids and secrets, in the shapes the API's examples have."""

import hashlib
import secrets
import uuid

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def prefixed(prefix: str) -> str:
    """`app-<uuid>` and the like."""
    return f"{prefix}-{uuid.uuid4()}"


def bare() -> str:
    """Processes and room allocations are bare UUIDs."""
    return str(uuid.uuid4())


def room() -> str:
    """Thirteen base-36 characters, about 67 bits."""
    return "".join(secrets.choice(_BASE36) for _ in range(13))


def org_token() -> str:
    return f"hathora_org_st_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so a plain SHA-256 does."""
    return hashlib.sha256(token.encode()).hexdigest()
