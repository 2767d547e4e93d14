"""The master key, what it derives and what it seals."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import crypto
from app.kit.crypto import MasterKey, MasterKeyError, SealBroken

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(KEY).decode(),
        f"  {KEY.hex()}\n",
    ],
)
def test_every_spelling_of_a_key_is_the_same_key(text: str) -> None:
    assert MasterKey.from_text(text).derive("x") == MasterKey(KEY).derive("x")


@pytest.mark.parametrize(
    "text", ["", "secret", KEY.hex()[:-2], KEY.hex() + "00", "ключ", "z" * 64, "A" * 43]
)
def test_what_is_no_key_is_refused_with_the_way_to_make_one(text: str) -> None:
    with pytest.raises(MasterKeyError, match="openssl rand -base64 32"):
        MasterKey.from_text(text)


def test_derived_keys_follow_rfc_5869_and_differ_by_purpose() -> None:
    # HKDF by hand: extract with a zero salt, then one block of expand.
    import hmac

    extracted = hmac.digest(bytes(32), KEY, "sha256")
    expected = hmac.digest(extracted, b"clutch/jwt" + b"\x01", "sha256")
    master = MasterKey(KEY)
    assert master.derive("jwt") == expected
    assert len({master.derive(purpose) for purpose in ("jwt", "draws", "seal")}) == 3


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_opens_for_its_own_row(plain: bytes, customer: str, row: str) -> None:
    master = MasterKey(KEY)
    sealed = master.seal(plain, customer_id=customer, row=row)
    assert sealed.startswith("v1.")
    assert master.open(sealed, customer_id=customer, row=row) == plain


def test_equal_plaintexts_never_look_equal_when_sealed() -> None:
    master = MasterKey(KEY)
    assert len({master.seal(b"same", customer_id="c", row="r") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("customer", "row"), [("other", "row"), ("customer", "row2"), ("customerr", "ow"), ("", "")]
)
def test_a_sealed_value_opens_nowhere_else(customer: str, row: str) -> None:
    master = MasterKey(KEY)
    sealed = master.seal(b"secret", customer_id="customer", row="row")
    with pytest.raises(SealBroken):
        master.open(sealed, customer_id=customer, row=row)


def test_another_master_key_opens_nothing() -> None:
    sealed = MasterKey(KEY).seal(b"secret", customer_id="c", row="r")
    with pytest.raises(SealBroken):
        MasterKey(KEY[::-1]).open(sealed, customer_id="c", row="r")


def test_no_single_changed_character_goes_unnoticed() -> None:
    master = MasterKey(KEY)
    sealed = master.seal(b"secret!", customer_id="c", row="r")  # 35 bytes: base64 has spare bits
    opened = 0
    for at in range(len(sealed)):
        altered = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        try:
            opened += master.open(altered, customer_id="c", row="r") != b"secret!"
        except SealBroken:
            continue
    assert opened == 0


@pytest.mark.parametrize("junk", ["", "v1.", "v1.AAAA", "v2.AAAA", "v1.é", "v1." + "A" * 15, "x"])
def test_junk_is_a_broken_seal_and_nothing_worse(junk: str) -> None:
    with pytest.raises(SealBroken):
        MasterKey(KEY).open(junk, customer_id="c", row="r")


def test_a_key_file_is_made_once_private_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "data" / "master.key"
    first = MasterKey.from_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert MasterKey.from_file(path).derive("x") == first.derive("x")
    assert os.listdir(path.parent) == ["master.key"]


def test_processes_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: MasterKey.from_file(path).derive("x"), range(64)))
    assert len(set(keys)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o644])
def test_a_key_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    MasterKey.from_file(path)
    path.chmod(mode)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        MasterKey.from_file(path)


def test_secrets_carry_32_random_bytes() -> None:
    made = {crypto.new_secret("hatch_live_") for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == len("hatch_live_") + 43 for secret in made)
    webhook = crypto.new_webhook_secret()
    assert webhook.startswith("whsec_")
    assert len(base64.b64decode(webhook.removeprefix("whsec_"), validate=True)) == 32


def test_secrets_are_compared_by_value_even_when_not_ascii() -> None:
    assert crypto.equal("é", "é")
    assert crypto.equal("a", b"a")
    assert not crypto.equal("a", "b")
    assert not crypto.equal("a", "ab")


def test_a_master_key_does_not_print_itself() -> None:
    assert KEY.hex() not in repr(MasterKey(KEY))
    assert repr(MasterKey(KEY)) == str(MasterKey(KEY)) == "MasterKey(…)"


def test_a_digest_is_the_published_one() -> None:
    assert crypto.sha256_hex("abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
