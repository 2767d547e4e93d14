"""Signed headers, checked by the published library and by the rules written a second time."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.webhooks.signature import PayloadFormat, signed_headers

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
STRANGER = "whsec_" + base64.b64encode(b"s" * 32).decode()
BODY = json.dumps({"type": "buddy.hatched", "name": "Ünï"}).encode()


def headers_for(
    secrets: list[str],
    *,
    body: bytes = BODY,
    timestamp: int | None = None,
    payload_format: PayloadFormat = PayloadFormat.ENVELOPE,
    request_id: str | None = None,
) -> dict[str, str]:
    return signed_headers(
        delivery_id="0190-id",
        event_type="buddy.hatched",
        body=body,
        timestamp=int(time.time()) if timestamp is None else timestamp,
        secrets=secrets,
        payload_format=payload_format,
        request_id=request_id,
    )


def seed_rule_accepts(header: str, body: bytes, secret: str, now: float) -> bool:
    """The seed's rule, from its documentation: t=<unix>,v1=<hex of HMAC over t.body>."""
    fields = [part.split("=", 1) for part in header.split(",")]
    stamp = next(value for name, value in fields if name == "t")
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return abs(now - int(stamp)) <= 300 and expected in [v for n, v in fields if n == "v1"]


@pytest.mark.parametrize("payload_format", list(PayloadFormat))
@pytest.mark.parametrize("secrets", [[NEW], [NEW, OLD]])
def test_the_standard_library_accepts_every_live_secret(
    secrets: list[str], payload_format: PayloadFormat
) -> None:
    headers = headers_for(secrets, payload_format=payload_format)
    for secret in secrets:
        assert Webhook(secret).verify(BODY, headers)["name"] == "Ünï"
    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGER).verify(BODY, headers)


@pytest.mark.parametrize("change", ["id", "body", "timestamp"])
def test_the_standard_library_refuses_whatever_was_changed(change: str) -> None:
    now = int(time.time())
    headers, body = headers_for([NEW], timestamp=now), BODY
    if change == "id":
        headers["webhook-id"] += "x"
    elif change == "timestamp":
        headers["webhook-timestamp"] = str(now - 1)
    else:
        body += b" "
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body, headers)


@given(st.binary(max_size=200), st.integers(0, 2**33))
def test_the_seeds_rule_accepts_any_body_and_time(body: bytes, timestamp: int) -> None:
    header = headers_for([NEW, OLD], body=body, timestamp=timestamp)["Hatched-Signature"]
    assert seed_rule_accepts(header, body, NEW, timestamp)
    assert seed_rule_accepts(header, body, OLD, timestamp)
    assert not seed_rule_accepts(header, body, STRANGER, timestamp)
    assert not seed_rule_accepts(header, body + b"x", NEW, timestamp)


def test_the_newest_secret_signs_first() -> None:
    alone, both = headers_for([NEW], timestamp=7), headers_for([NEW, OLD], timestamp=7)
    assert both["webhook-signature"].split(" ")[0] == alone["webhook-signature"]
    assert both["Hatched-Signature"].startswith(alone["Hatched-Signature"] + ",v1=")


def test_a_raw_delivery_is_signed_by_the_newest_secret_alone() -> None:
    headers = headers_for([NEW, OLD], timestamp=7, payload_format=PayloadFormat.RAW)
    mark = hmac.new(NEW.encode(), b"7." + BODY, hashlib.sha256).hexdigest()
    assert headers["X-Hatched-Signature"] == f"sha256={mark}"
    assert headers["X-Hatched-Timestamp"] == "7"
    assert headers["X-Hatched-Delivery"] == "0190-id"
    assert headers["X-Hatched-Event"] == "buddy.hatched"


@pytest.mark.parametrize(
    ("payload_format", "family"),
    [
        (
            PayloadFormat.ENVELOPE,
            {"Hatched-Signature", "Hatched-Delivery-Id", "Hatched-Event-Type"},
        ),
        (
            PayloadFormat.RAW,
            {
                "X-Hatched-Signature",
                "X-Hatched-Timestamp",
                "X-Hatched-Delivery",
                "X-Hatched-Event",
            },
        ),
    ],
)
def test_a_delivery_carries_the_headers_of_its_format_and_no_others(
    payload_format: PayloadFormat, family: set[str]
) -> None:
    standard = {"Content-Type", "webhook-id", "webhook-timestamp", "webhook-signature"}
    assert set(headers_for([NEW], payload_format=payload_format)) == standard | family


def test_the_request_id_travels_along_when_there_is_one() -> None:
    assert headers_for([NEW], request_id="req-1")["X-Request-Id"] == "req-1"
    assert "X-Request-Id" not in headers_for([NEW])


@pytest.mark.parametrize("secrets", [[], ["plain"], ["whsec_"], ["whsec_!!"], [NEW, "whsec_é"]])
def test_nothing_is_sent_with_a_secret_that_is_none(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        headers_for(secrets)


def test_a_known_vector_stays_as_it_is() -> None:
    headers: Mapping[str, str] = headers_for([NEW], body=b"{}", timestamp=1_700_000_000)
    signed = hmac.new(b"n" * 32, b"0190-id.1700000000.{}", hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(signed).decode()
