"""Keys, seals, secrets and digests: every use of cryptography outside webhook signatures.

Everything secret at rest passes through one `MasterKey`. Purposes get keys of their own by
HKDF-SHA256, so that a key which leaks in one place opens nothing in another. The only source of
chance is `random_bytes`.
"""

import base64
import hashlib
import hmac
import os
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
SEAL_VERSION = "v1."
WEBHOOK_SECRET_PREFIX = "whsec_"
HOW_TO_MAKE = "Make one with: openssl rand -base64 32"


class MasterKeyError(Exception):
    """The master key cannot be used; the text says why and what to do next."""


class SealBroken(Exception):
    """A sealed value was altered, moved to another row or customer, or sealed by another key."""


class MasterKey:
    """The key that all other keys come from. Its text never appears in `repr` or in errors."""

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes.

        Raises:
            MasterKeyError: not 32 bytes, or all of them equal.
        """
        if len(key) != KEY_BYTES:
            raise MasterKeyError(
                f"The master key is {len(key)} bytes long, it must be {KEY_BYTES}. {HOW_TO_MAKE}"
            )
        if len(set(key)) == 1:
            raise MasterKeyError(f"The master key is one repeated byte. {HOW_TO_MAKE}")
        self._key = key
        self._derived: dict[str, bytes] = {}
        self._cipher = AESGCM(self.derive("seal"))

    @classmethod
    def from_text(cls, text: str) -> "MasterKey":
        """Read 32 bytes written as 64 hex digits or as base64, URL-safe or not, padded or not.

        Raises:
            MasterKeyError: neither form; the message says how to make a key.
        """
        compact = text.strip()
        if len(compact) == 2 * KEY_BYTES:
            with suppress(ValueError):
                return cls(bytes.fromhex(compact))
        standard = compact.rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except ValueError:
            raise MasterKeyError(
                "CLUTCH_MASTER_KEY must be 32 bytes as base64 or as 64 hex digits. " + HOW_TO_MAKE
            ) from None
        return cls(key)

    @classmethod
    def from_file(cls, path: Path) -> "MasterKey":
        """Read the key from a file that only its owner may read; make the file if there is none.

        Two processes that start at once end with the same key.

        Raises:
            MasterKeyError: others may read or write the file, or its content is not a key.
        """
        with suppress(FileNotFoundError):
            return cls._read(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, base64.b64encode(random_bytes(KEY_BYTES)) + b"\n")
        return cls._read(path)

    @classmethod
    def _read(cls, path: Path) -> "MasterKey":
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise MasterKeyError(
                    f"{path} may be used by others (mode {mode:04o}). Run: chmod 600 {path}"
                )
            return cls.from_text(file.read(4096).decode("ascii", "replace"))

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key of a purpose: HKDF-SHA256 (RFC 5869), no salt, purpose as info."""
        key = self._derived.get(purpose)
        if key is None:
            info = f"clutch/{purpose}".encode()
            key = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._key)
            self._derived[purpose] = key
        return key

    def stamp(self, purpose: str, text: str) -> str:
        """32 hex digits that only a holder of this key can make for a text (HMAC-SHA256)."""
        return hmac.new(self.derive(purpose), text.encode(), hashlib.sha256).hexdigest()[:32]

    def seal(self, plaintext: bytes, *, customer_id: str, row: str) -> str:
        """Encrypt with AES-256-GCM under a fresh nonce; the answer opens only for this row.

        `row` names table and key, e.g. `webhook_endpoint/<id>/secret`. Returns
        `v1.<base64url of nonce, ciphertext and tag>`.
        """
        nonce = random_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plaintext, _binding(customer_id, row))
        return SEAL_VERSION + base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, sealed: str, *, customer_id: str, row: str) -> bytes:
        """Decrypt what `seal` returned for the same customer and row.

        Raises:
            SealBroken: altered, of another row, customer or key, or not a sealed value at all.
        """
        if not sealed.startswith(SEAL_VERSION):
            raise SealBroken("not a sealed value of a known version")
        text = sealed.removeprefix(SEAL_VERSION)
        try:
            box = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return self._cipher.decrypt(
                box[:NONCE_BYTES], box[NONCE_BYTES:], _binding(customer_id, row)
            )
        except (InvalidTag, ValueError):
            raise SealBroken("this value was not sealed here for this row") from None

    def __repr__(self) -> str:
        return "MasterKey(…)"


def new_secret(prefix: str) -> str:
    """Return `prefix` and 32 random bytes as URL-safe base64 without padding (43 characters)."""
    return prefix + base64.urlsafe_b64encode(random_bytes(KEY_BYTES)).rstrip(b"=").decode()


def new_webhook_secret() -> str:
    """Return a Standard Webhooks secret: `whsec_` and the base64 of 32 random bytes."""
    return WEBHOOK_SECRET_PREFIX + base64.b64encode(random_bytes(KEY_BYTES)).decode()


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of the UTF-8 text as 64 hex digits: how keys and codes are stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def equal(left: str | bytes, right: str | bytes) -> bool:
    """Say whether two secrets are the same, in time that does not depend on where they differ."""
    return hmac.compare_digest(_bytes_of(left), _bytes_of(right))


def _bytes_of(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _binding(customer_id: str, row: str) -> bytes:
    # The length in front keeps ("ab", "c") and ("a", "bc") apart.
    customer = customer_id.encode()
    return len(customer).to_bytes(4, "big") + customer + row.encode()


def _write_once(path: Path, content: bytes) -> None:
    """Put a 0600 file in place whole, or leave the one that another process put there first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{random_bytes(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def random_bytes(length: int) -> bytes:
    """Return bytes that nobody can guess; the only source of chance for secrets."""
    return os.urandom(length)
