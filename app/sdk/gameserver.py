"""Report a match from a game server. One file, standard library only, Python 3.9 or newer.

Copy it beside the server and:

    reporter = Reporter.from_environment()
    claim = reporter.claim()              # who plays, and the right to report
    ...                                   # play
    print(reporter.log_line(result))      # recovery, should this process die before it reports
    reporter.report(result)               # returns when Clutch has the result

Every call blocks; from an event loop use a thread. A result is on disk before it is first sent, so
a process that dies in between loses nothing: its successor calls `report_spooled`. The spool holds
match tokens and is readable by its owner only. No secret is ever printed or part of a `repr`.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import itertools
import json
import os
import random
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

API = "/api/v1"
ANSWER_BYTES_MAX = 8_388_608
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 0.25, 15.0


class ReporterError(Exception):
    """Anything that keeps a match from being claimed or reported."""


class NotConfigured(ReporterError):
    """The environment names no match, or names it wrongly."""


class Refused(ReporterError):
    """Clutch said no, and would say so again; `status` and `code` say why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class Undelivered(ReporterError):
    """No final answer before the deadline; the spool keeps what was to be sent."""


@dataclass(frozen=True)
class Claim:
    """What a claimed match may know; an open match has an empty roster."""

    token: str = field(repr=False)
    signing_key: str = field(repr=False)
    expires_at: str
    roster: tuple[str, ...]
    room_config: dict[str, Any]
    allocation_id: str


@dataclass(frozen=True)
class Receipt:
    """How Clutch took a result: 200 with its effects, or 202 when it will verify it later."""

    match_id: str
    status: int
    body: dict[str, Any]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A token goes where it was meant to."""


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


@dataclass(frozen=True)
class Link:
    """The outside world, so that a test can stand in for it. `open` is `urlopen`."""

    open: Callable[..., Any] = _DIRECT.open
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    timeout_seconds: float = 10.0


class Reporter:
    """The one match that this process was started for."""

    def __init__(
        self,
        *,
        url: str,
        match_id: str,
        code: str,
        room_id: str,
        process_id: str,
        spool_dir: str | os.PathLike[str] = "clutch-spool",
        link: Link | None = None,
    ) -> None:
        self.match_id = match_id
        self._base = _match_url(url, match_id)
        self._ask = {"code": code, "room_id": room_id, "process_id": process_id}
        self._spool, self._link = _Spool(Path(spool_dir)), link or Link()
        self._claim: Claim | None = None

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] = os.environ, *, link: Link | None = None
    ) -> Reporter:
        """The reporter for the room that Hathora, or Clutch's control plane, started this for.

        Reads `HATHORA_INITIAL_ROOM_CONFIG` (its `clutch` member), `HATHORA_INITIAL_ROOM_ID`,
        `HATHORA_PROCESS_ID`, and `CLUTCH_SPOOL_DIR` (default `clutch-spool` in this directory).

        Raises:
            NotConfigured: one of them is missing or does not have the expected form.
        """
        try:
            given = json.loads(environ["HATHORA_INITIAL_ROOM_CONFIG"])["clutch"]
            url, match_id, code = (given[key] for key in ("url", "match_id", "code"))
            room_id, process_id = environ["HATHORA_INITIAL_ROOM_ID"], environ["HATHORA_PROCESS_ID"]
        except (KeyError, TypeError, ValueError) as fault:
            reason = f"{fault} is missing" if isinstance(fault, KeyError) else "not a room config"
            raise NotConfigured(reason) from None
        place = {"room_id": room_id, "process_id": process_id}
        spool_dir = environ.get("CLUTCH_SPOOL_DIR", "clutch-spool")
        return cls(url=url, match_id=match_id, code=code, **place, spool_dir=spool_dir, link=link)

    def claim(self, *, deadline_seconds: float = 60.0) -> Claim:
        """Trade the one-time code for the match token; a second call gives the same answer.

        The nonce is on disk before the first attempt: a restarted process asks with the same one
        and gets the same answer, even when the first answer was lost.

        Raises:
            Refused: the code is wrong or used up, or the room is not on this process.
            Undelivered: no answer in time.
        """
        if self._claim is None:
            nonce = self._spool.nonce(f"{self.match_id}\n{self._ask['code']}")
            body = _canonical({**self._ask, "claim_nonce": nonce})
            self._claim = _claim_of(
                self._send(f"{self._base}/claim", body, {}, deadline_seconds)[1]
            )
        return self._claim

    def report(self, result: Mapping[str, Any], *, deadline_seconds: float = 600.0) -> Receipt:
        """Deliver the result, from the spool, after claiming the match where that was not done.

        Raises:
            Refused: the result is not accepted; the spool keeps it with the ending `.refused`.
            Undelivered: no final answer in time; the spool keeps it for `report_spooled`.
        """
        letter = {"url": f"{self._base}/result", "match_id": self.match_id}
        letter.update(token=self.claim().token, body=_canonical(result))
        return self._deliver(self._spool.keep(letter), deadline_seconds)

    def report_spooled(self, *, deadline_seconds: float = 600.0) -> list[Receipt]:
        """Send what earlier runs left in the spool, claiming nothing; raises as `report` does."""
        return [self._deliver(letter, deadline_seconds) for letter in self._spool.letters()]

    def log_line(self, result: Mapping[str, Any]) -> str:
        """The result as one line for the log, from which a match that never reported is recovered.

        `CLUTCH_RESULT {"allocation_id", "body", "mac", "match_id"}`: `body` is the result as
        canonical JSON (sorted keys, no spaces, ASCII), `mac` the hex HMAC-SHA256 of
        `clutch-match-v1.<match_id>.<allocation_id>.<body>` under the claim's `signing_key`, whose
        text is the key as it stands (ASCII bytes, not decoded). Claims first, as `report` does.
        """
        claim, body = self.claim(), _canonical(result)
        signed = f"clutch-match-v1.{self.match_id}.{claim.allocation_id}.{body}".encode()
        mac = hmac.new(claim.signing_key.encode(), signed, hashlib.sha256).hexdigest()
        names = {"match_id": self.match_id, "allocation_id": claim.allocation_id}
        return f"CLUTCH_RESULT {_canonical({**names, 'body': body, 'mac': mac})}"

    def _deliver(self, letter: Path, deadline_seconds: float) -> Receipt:
        content = json.loads(letter.read_text("ascii"))
        bearer = {"Authorization": f"Bearer {content['token']}"}
        try:
            status, body = self._send(content["url"], content["body"], bearer, deadline_seconds)
        except Refused:
            letter.replace(letter.with_suffix(".refused"))
            raise
        letter.unlink()
        return Receipt(content["match_id"], status, body)

    def _send(
        self, url: str, body: str, headers: dict[str, str], deadline_seconds: float
    ) -> tuple[int, dict[str, Any]]:
        """POST until there is a final answer, waiting with full jitter between attempts."""
        deadline = self._link.clock() + deadline_seconds
        for attempt in itertools.count(1):
            try:
                return self._attempt(url, body, headers)
            except urllib.error.HTTPError as answer:
                with answer:
                    problem, wait = _reason_to_retry(answer)
            except (OSError, http.client.HTTPException, ValueError) as fault:
                problem, wait = type(fault).__name__, 0.0
            longest = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 10))
            wait = max(wait, self._link.chance() * longest)
            if self._link.clock() + wait >= deadline:
                raise Undelivered(f"gave up after {attempt} attempts: {problem}")
            self._link.sleep(wait)
        raise AssertionError

    def _attempt(self, url: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(url, body.encode(), headers, method="POST")
        with self._link.open(request, timeout=self._link.timeout_seconds) as answer:
            content = json.loads(answer.read(ANSWER_BYTES_MAX))
            if not isinstance(content, dict):
                raise ValueError("not a JSON object")
            return answer.status, content


def _reason_to_retry(answer: urllib.error.HTTPError) -> tuple[str, float]:
    """Why another attempt may succeed, and the seconds to wait at least; else raises `Refused`."""
    error: dict[str, Any] = {}
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        error = dict(json.loads(answer.read(65536))["error"])
    code, message = (str(error.get(key, "")) for key in ("code", "message"))
    asked = answer.headers.get("Retry-After", "")
    if answer.code in (408, 429) or answer.code >= 500 or asked:
        return f"{answer.code} {code}", float(asked) if asked.isdigit() else 0.0
    raise Refused(answer.code, code, message)


def _claim_of(answer: dict[str, Any]) -> Claim:
    text = {key: str(answer[key]) for key in ("token", "signing_key", "expires_at")}
    roster, room_config = tuple(answer.get("roster") or ()), answer.get("room_config") or {}
    text["allocation_id"] = answer.get("allocation_id") or ""
    return Claim(**text, roster=roster, room_config=room_config)


def _match_url(url: str, match_id: str) -> str:
    base = url.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise NotConfigured("the url must begin with http:// or https://")
    base = base if base.endswith(API) else base + API
    return f"{base}/matches/{urllib.parse.quote(match_id, safe='')}"


def _canonical(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class _Spool:
    """Files that survive this process: each is complete or absent, and its owner's alone."""

    folder: Path

    def nonce(self, claim: str) -> str:
        file = self.folder / f"claim-{_name(claim)}.nonce"
        if not file.exists():
            self._write(file, secrets.token_urlsafe(24))
        return file.read_text("ascii")

    def keep(self, letter: dict[str, str]) -> Path:
        file = self.folder / f"result-{_name(letter['match_id'])}.json"
        self._write(file, _canonical(letter))
        return file

    def letters(self) -> list[Path]:
        return sorted(self.folder.glob("result-*.json"))

    def _write(self, file: Path, text: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_suffix(f".{secrets.token_hex(6)}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
        with contextlib.suppress(OSError):  # a directory cannot be synced everywhere
            folder = os.open(self.folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
