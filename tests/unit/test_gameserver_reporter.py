"""The game server's reporter, its clock and its network played by the test."""

import email.message
import hashlib
import hmac
import io
import json
import os
import stat
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.sdk.gameserver import Link, NotConfigured, Receipt, Refused, Reporter, Undelivered

CLAIM = {
    "token": "tok-secret",
    "signing_key": "key-secret",
    "expires_at": "2030-01-01T00:00:00.000Z",
    "roster": ["ann", "ben"],
    "room_config": {"seed": 4},
    "allocation_id": "alloc-1",
}
RESULT = {"outcome": "completed", "ended_at": "2030-01-01T00:00:00.000Z", "players": []}


class Answer(io.BytesIO):
    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(body)
        self.status = status


@dataclass
class Network:
    """Answers in turn; keeps every request and every second slept."""

    answers: list[Any]
    requests: list[urllib.request.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0
    before: Callable[[], None] = lambda: None

    def open(self, request: urllib.request.Request, *, timeout: float) -> Answer:
        assert timeout > 0
        self.before()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer[0], answer[1]
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        if status < 300:
            return Answer(status, payload)
        headers = email.message.Message()
        for name, value in (answer[2] if len(answer) > 2 else {}).items():
            headers[name] = value
        raise urllib.error.HTTPError(request.full_url, status, "no", headers, io.BytesIO(payload))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def link(self) -> Link:
        return Link(open=self.open, clock=lambda: self.now, sleep=self.sleep, chance=lambda: 1.0)


def reporter_on(network: Network, spool: Path, url: str = "http://clutch.test") -> Reporter:
    return Reporter(
        url=url,
        match_id="m-1",
        code="clm_x_secret-code",
        room_id="room",
        process_id="process",
        spool_dir=spool,
        link=network.link(),
    )


def sent(request: urllib.request.Request) -> dict[str, Any]:
    assert isinstance(request.data, bytes)
    content = json.loads(request.data)
    assert isinstance(content, dict)
    return content


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "because", "requestId": "r"}}


@pytest.mark.parametrize(
    "url", ["http://clutch.test", "http://clutch.test/", "http://clutch.test/api/v1"]
)
def test_a_claim_tells_who_plays_and_asks_for_it_once(tmp_path: Path, url: str) -> None:
    network = Network([(200, CLAIM)])
    reporter = reporter_on(network, tmp_path, url)
    claim = reporter.claim()
    assert claim.roster == ("ann", "ben")
    assert claim.room_config == {"seed": 4}
    assert reporter.claim() is claim
    (request,) = network.requests
    assert request.full_url == "http://clutch.test/api/v1/matches/m-1/claim"
    assert request.get_method() == "POST"
    asked = sent(request)
    assert asked.pop("claim_nonce")
    assert asked == {"code": "clm_x_secret-code", "room_id": "room", "process_id": "process"}


def test_the_nonce_is_on_disk_before_the_first_attempt_and_survives_the_process(
    tmp_path: Path,
) -> None:
    spool = tmp_path / "spool"
    seen: list[str] = []
    network = Network([(200, CLAIM)])
    network.before = lambda: seen.extend(file.read_text() for file in spool.glob("*.nonce"))
    reporter_on(network, spool).claim()
    again = Network([(200, CLAIM)])
    reporter_on(again, spool).claim()
    nonces = [sent(request)["claim_nonce"] for request in network.requests + again.requests]
    assert seen == [nonces[0]]
    assert nonces[0] == nonces[1]


@pytest.mark.parametrize(
    "first",
    [
        OSError("connection reset"),
        (503, error("unavailable")),
        (500, error("internal_error")),
        (429, error("rate_limited")),
        (408, b""),
        (409, error("idempotency_in_flight"), {"Retry-After": "1"}),
        (200, b'{"token": "cut off'),
    ],
)
def test_what_may_pass_is_tried_again(tmp_path: Path, first: Any) -> None:
    network = Network([first, (200, CLAIM)])
    assert reporter_on(network, tmp_path).claim().token == "tok-secret"
    assert len(network.slept) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 422])
def test_a_definite_refusal_stops_at_once(tmp_path: Path, status: int) -> None:
    network = Network([(status, error("conflict"))])
    with pytest.raises(Refused) as refusal:
        reporter_on(network, tmp_path).claim()
    assert (refusal.value.status, refusal.value.code) == (status, "conflict")
    assert network.slept == []


def test_waits_double_up_to_a_ceiling_and_never_undercut_retry_after(tmp_path: Path) -> None:
    away = [(503, error("unavailable"))] * 9
    asked = (429, error("rate_limited"), {"Retry-After": "30"})
    network = Network([*away, asked, (200, CLAIM)])
    reporter_on(network, tmp_path).claim(deadline_seconds=1000)
    assert network.slept == [0.25, 0.5, 1, 2, 4, 8, 15, 15, 15, 30]


def test_a_deadline_ends_the_attempts(tmp_path: Path) -> None:
    network = Network([OSError("away")] * 50)
    with pytest.raises(Undelivered, match="OSError"):
        reporter_on(network, tmp_path).claim(deadline_seconds=10)
    assert network.now <= 10
    assert len(network.requests) == 6


@pytest.mark.parametrize("status", [200, 202])
def test_an_accepted_result_leaves_the_spool(tmp_path: Path, status: int) -> None:
    network = Network([(200, CLAIM), (status, {"status": "applied"})])
    receipt = reporter_on(network, tmp_path).report(RESULT)
    assert receipt == Receipt("m-1", status, {"status": "applied"})
    request = network.requests[1]
    assert request.full_url == "http://clutch.test/api/v1/matches/m-1/result"
    assert request.get_header("Authorization") == "Bearer tok-secret"
    assert sent(request) == RESULT
    assert list(tmp_path.glob("result-*")) == []


def test_a_result_is_spooled_before_it_is_sent_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    modes: list[int] = []
    network = Network([(200, CLAIM), (200, {})])
    network.before = lambda: modes.extend(
        stat.S_IMODE(file.stat().st_mode) for file in spool.glob("result-*.json")
    )
    reporter_on(network, spool).report(RESULT)
    assert modes == [0o600]
    assert stat.S_IMODE(os.stat(spool).st_mode) == 0o700


def test_a_successor_delivers_what_was_left_without_claiming(tmp_path: Path) -> None:
    network = Network([(200, CLAIM), *[OSError("away")] * 20])
    with pytest.raises(Undelivered):
        reporter_on(network, tmp_path).report(RESULT, deadline_seconds=5)
    later = Network([(503, error("unavailable")), (202, {"status": "pending_verification"})])
    successor = reporter_on(later, tmp_path)
    (receipt,) = successor.report_spooled()
    assert receipt.status == 202
    assert sent(later.requests[-1]) == RESULT
    assert successor.report_spooled() == []


def test_a_refused_result_is_kept_aside_and_not_sent_again(tmp_path: Path) -> None:
    network = Network([(200, CLAIM), (422, error("match_result_conflict"))])
    reporter = reporter_on(network, tmp_path)
    with pytest.raises(Refused, match="match_result_conflict"):
        reporter.report(RESULT)
    assert reporter.report_spooled() == []
    assert len(list(tmp_path.glob("*.refused"))) == 1


def test_a_log_line_is_one_line_that_the_signing_key_vouches_for(tmp_path: Path) -> None:
    reporter = reporter_on(Network([(200, CLAIM)]), tmp_path)
    text = reporter.log_line({**RESULT, "metadata": {"note": "two\nlines – ünïcode"}})
    mark, content = text.split(" ", 1)
    line = json.loads(content)
    assert mark == "CLUTCH_RESULT"
    assert "\n" not in text
    assert sorted(line) == ["allocation_id", "body", "mac", "match_id"]
    signed = f"clutch-match-v1.m-1.alloc-1.{line['body']}".encode()
    assert line["mac"] == hmac.new(b"key-secret", signed, hashlib.sha256).hexdigest()
    assert json.loads(line["body"])["metadata"]["note"] == "two\nlines – ünïcode"


def test_no_secret_shows_in_a_log_line_or_a_repr(tmp_path: Path) -> None:
    reporter = reporter_on(Network([(200, CLAIM)]), tmp_path)
    shown = reporter.log_line(RESULT) + repr(reporter.claim()) + repr(reporter)
    assert "secret" not in shown


def environment(clutch: Any) -> dict[str, str]:
    return {
        "HATHORA_INITIAL_ROOM_CONFIG": json.dumps({"seed": 1, "clutch": clutch}),
        "HATHORA_INITIAL_ROOM_ID": "room",
        "HATHORA_PROCESS_ID": "process",
    }


GIVEN = {"url": "http://clutch.test", "match_id": "m-1", "code": "clm_x_secret-code"}


def test_the_environment_names_the_match(tmp_path: Path) -> None:
    network = Network([(200, CLAIM)])
    environ = {**environment(GIVEN), "CLUTCH_SPOOL_DIR": str(tmp_path)}
    Reporter.from_environment(environ, link=network.link()).claim()
    assert sent(network.requests[0])["process_id"] == "process"
    assert len(list(tmp_path.glob("*.nonce"))) == 1


@pytest.mark.parametrize(
    "environ",
    [
        {},
        environment(None),
        environment({"url": "http://clutch.test"}),
        environment({**GIVEN, "url": "file:///etc/hosts"}),
        {**environment(GIVEN), "HATHORA_INITIAL_ROOM_CONFIG": "{"},
        {key: text for key, text in environment(GIVEN).items() if key != "HATHORA_PROCESS_ID"},
    ],
)
def test_a_process_without_a_match_is_told_so(environ: dict[str, str]) -> None:
    with pytest.raises(NotConfigured):
        Reporter.from_environment(environ)


def test_a_match_id_with_odd_characters_stays_one_path_segment(tmp_path: Path) -> None:
    network = Network([(200, CLAIM)])
    Reporter(
        url="http://clutch.test",
        match_id="a|b=c",
        code="c",
        room_id="r",
        process_id="p",
        spool_dir=tmp_path,
        link=network.link(),
    ).claim()
    assert network.requests[0].full_url.endswith("/matches/a%7Cb%3Dc/claim")
