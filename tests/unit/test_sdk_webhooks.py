"""The receiving side believes what was signed, in one family, and says why it does not."""

import ast
import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sdk import webhooks
from app.sdk.webhooks import Family, Reason, WebhookRejected, WebhookVerifier
from app.webhooks.signature import (
    PayloadFormat,
    ed25519_secret,
    shown_secret,
    signed_headers,
)

NOW = 1_800_000_000
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
STRANGER = "whsec_" + base64.b64encode(b"s" * 32).decode()
ENVELOPE = {
    "delivery_id": "delivery-1",
    "event_id": "event-1",
    "caused_by": "match:1",
    "type": "badge.awarded",
    "customer_id": "customer-1",
    "created_at": "2026-03-04T05:06:07.890Z",
    "sequence": 7,
    "data": {"buddy_id": "b", "name": "Ünï"},
}
BODY = json.dumps(ENVELOPE, ensure_ascii=False).encode()
FAMILIES = list(Family)


def headers_of(
    body: bytes = BODY, *, secrets: tuple[str, ...] = (NEW,), delivery_id: str = "delivery-1"
) -> dict[str, str]:
    return signed_headers(
        delivery_id=delivery_id,
        event_type="badge.awarded",
        body=body,
        timestamp=NOW,
        secrets=secrets,
        payload_format=PayloadFormat.ENVELOPE,
        request_id=None,
    )


def verifier(family: Family, *secrets: str, now: float = NOW, **options: Any) -> WebhookVerifier:
    return WebhookVerifier(secrets or (NEW,), family=family, clock=lambda: now, **options)


def reason(made: WebhookVerifier, body: bytes, headers: Mapping[str, str]) -> Reason:
    with pytest.raises(WebhookRejected) as rejected:
        made.verify(body, headers)
    return rejected.value.reason


@pytest.mark.parametrize("family", FAMILIES)
def test_a_signed_event_is_believed_with_all_it_says(family: Family) -> None:
    event = verifier(family).verify(BODY, headers_of())
    assert (event.id, event.type, event.sequence) == ("delivery-1", "badge.awarded", 7)
    assert (event.event_id, event.caused_by) == ("event-1", "match:1")
    assert event.data == {"buddy_id": "b", "name": "Ünï"}
    assert event.timestamp == NOW


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("known", [(NEW,), (OLD,), (OLD, NEW), (STRANGER, OLD)])
def test_any_live_secret_will_do_during_a_rotation(family: Family, known: tuple[str, ...]) -> None:
    assert verifier(family, *known).verify(BODY, headers_of(secrets=(NEW, OLD))).id == "delivery-1"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stranger_is_not_believed(family: Family) -> None:
    assert reason(verifier(family, STRANGER), BODY, headers_of()) == Reason.INVALID_SIGNATURE


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_never_falls_back_to_the_other(family: Family) -> None:
    own = "webhook-" if family == Family.STANDARD else "Hatched-"
    others = {name: value for name, value in headers_of().items() if not name.startswith(own)}
    assert reason(verifier(family), BODY, others) == Reason.MISSING_HEADER


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("age_seconds", "expected"),
    [(301, Reason.TOO_OLD), (300, None), (0, None), (-300, None), (-301, Reason.TOO_NEW)],
)
def test_deliveries_are_fresh_within_five_minutes(
    family: Family, age_seconds: int, expected: Reason | None
) -> None:
    made = verifier(family, now=NOW + age_seconds)
    if expected is None:
        assert made.verify(BODY, headers_of()).id == "delivery-1"
    else:
        assert reason(made, BODY, headers_of()) == expected


@pytest.mark.parametrize(
    ("family", "change", "expected"),
    [
        (Family.STANDARD, {"webhook-id": ""}, Reason.MISSING_HEADER),
        (Family.STANDARD, {"webhook-id": "delivery-2"}, Reason.INVALID_SIGNATURE),
        (Family.STANDARD, {"webhook-timestamp": str(NOW - 1)}, Reason.INVALID_SIGNATURE),
        (Family.STANDARD, {"webhook-timestamp": "soon"}, Reason.MALFORMED_HEADER),
        (Family.STANDARD, {"webhook-timestamp": f"{NOW}.0"}, Reason.MALFORMED_HEADER),
        (Family.STANDARD, {"webhook-timestamp": "٣"}, Reason.MALFORMED_HEADER),
        (Family.STANDARD, {"webhook-signature": "v1,"}, Reason.INVALID_SIGNATURE),
        (Family.STANDARD, {"webhook-signature": "v2,abc v1a,abc"}, Reason.INVALID_SIGNATURE),
        (Family.STANDARD, {"webhook-signature": "v1,é"}, Reason.MALFORMED_HEADER),
        (Family.STANDARD, {"WEBHOOK-ID": "delivery-1"}, Reason.MALFORMED_HEADER),
        (Family.HATCHED, {"Hatched-Signature": ""}, Reason.MISSING_HEADER),
        (Family.HATCHED, {"Hatched-Signature": "t"}, Reason.MALFORMED_HEADER),
        (Family.HATCHED, {"Hatched-Signature": "v1=ab"}, Reason.MALFORMED_HEADER),
        (Family.HATCHED, {"Hatched-Signature": "t=x,v1=ab"}, Reason.MALFORMED_HEADER),
        (Family.HATCHED, {"Hatched-Signature": f"t={NOW},t={NOW}"}, Reason.MALFORMED_HEADER),
        (Family.HATCHED, {"Hatched-Signature": f"t={NOW}"}, Reason.INVALID_SIGNATURE),
        (Family.HATCHED, {"Hatched-Signature": f"t={NOW},v1=\udce9"}, Reason.MALFORMED_HEADER),
    ],
)
def test_altered_headers_are_rejected_with_a_reason(
    family: Family, change: dict[str, str], expected: Reason
) -> None:
    assert reason(verifier(family), BODY, headers_of() | change) == expected


def test_unsigned_headers_name_nothing() -> None:
    lies = {"Hatched-Event-Type": "coins.earned", "Hatched-Delivery-Id": "other"}
    event = verifier(Family.HATCHED).verify(BODY, headers_of() | lies | {"webhook-id": "other"})
    assert (event.id, event.type) == ("delivery-1", "badge.awarded")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", Reason.MISSING_BODY),
        (b"{", Reason.INVALID_JSON),
        (b"\xff", Reason.INVALID_JSON),
        (b"[" * 100_000, Reason.INVALID_JSON),
        (b"[]", Reason.NOT_AN_EVENT),
        (b"null", Reason.NOT_AN_EVENT),
        (b'{"buddy_id": "b"}', Reason.NOT_AN_EVENT),
        (json.dumps(ENVELOPE | {"type": 1}).encode(), Reason.NOT_AN_EVENT),
        (json.dumps(ENVELOPE | {"data": []}).encode(), Reason.NOT_AN_EVENT),
    ],
)
def test_a_signed_body_that_is_no_event_is_rejected(
    family: Family, body: bytes, expected: Reason
) -> None:
    assert reason(verifier(family), body, headers_of(body)) == expected


def test_the_signed_id_and_the_bodys_id_must_agree() -> None:
    headers = headers_of(delivery_id="delivery-2")
    assert reason(verifier(Family.STANDARD), BODY, headers) == Reason.NOT_AN_EVENT


def test_a_raw_payload_is_known_by_its_signed_id_alone() -> None:
    body = b'{"type": "fake.type", "delivery_id": "fake", "amount": 1}'
    event = verifier(Family.STANDARD, raw_payloads=True).verify(body, headers_of(body))
    assert (event.id, event.type, event.sequence) == ("delivery-1", None, None)
    assert event.data["amount"] == 1


@pytest.mark.parametrize("family", FAMILIES)
@given(at=st.integers(0, len(BODY) - 1), to=st.integers(0, 255))
def test_no_changed_byte_is_believed(family: Family, at: int, to: int) -> None:
    altered = BODY[:at] + bytes([to]) + BODY[at + 1 :]
    if altered != BODY:
        assert reason(verifier(family), altered, headers_of()) == Reason.INVALID_SIGNATURE


@pytest.mark.parametrize("secrets", [[], "", "secret", "whsec_", "whsec_?", ["whsec_é"], [NEW, ""]])
def test_a_verifier_is_not_made_without_a_real_secret(secrets: str | list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        WebhookVerifier(secrets)


def test_raw_payloads_have_no_hatched_verifier() -> None:
    with pytest.raises(ValueError, match="standard family"):
        WebhookVerifier(NEW, family=Family.HATCHED, raw_payloads=True)


def test_the_verifier_is_imported_with_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(webhooks.__file__).read_text())
    modules = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    modules |= {
        alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names
    }
    assert {str(module).split(".")[0] for module in modules} <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("header", "age_seconds", "is_good"),
    [
        ("{good}", 0, True),
        ("{good}", 300, True),
        ("{good}", 301, False),
        ("t={now},v1=00,v1={mark}", 0, True),
        ("t={now},v1=00", 0, False),
        ("v1={mark}", 0, False),
        ("", 0, False),
    ],
)
def test_a_signature_header_alone_can_be_verified(
    header: str, age_seconds: int, is_good: bool
) -> None:
    good = headers_of()["Hatched-Signature"]
    mark = good.rpartition("v1=")[2]
    text = header.format(good=good, now=NOW, mark=mark)

    def verified(body: bytes | str, secret: str) -> bool:
        return webhooks.verify_signature(body, text, secret, now=lambda: NOW + age_seconds)

    assert verified(BODY, NEW) is is_good
    assert verified(BODY.decode(), NEW) is is_good
    assert not verified(BODY, OLD)
    assert not verified(BODY + b" ", NEW)
    assert not verified(b"", NEW)
    with pytest.raises(ValueError, match="secret"):
        verified(BODY, "hush")


def test_a_public_key_verifies_what_an_ed25519_endpoint_signs() -> None:
    secret = ed25519_secret(b"e" * 32)
    headers = headers_of(secrets=(secret, ed25519_secret(b"f" * 32)))
    made = verifier(Family.STANDARD, shown_secret(secret))
    assert made.verify(BODY, headers).id == "delivery-1"
    assert reason(made, BODY + b" ", headers) == Reason.INVALID_SIGNATURE
    foreign = verifier(Family.STANDARD, shown_secret(ed25519_secret(b"g" * 32)))
    assert reason(foreign, BODY, headers) == Reason.INVALID_SIGNATURE
    assert reason(made, BODY, headers_of()) == Reason.INVALID_SIGNATURE
    with pytest.raises(ValueError, match="standard family"):
        verifier(Family.HATCHED, shown_secret(secret))
