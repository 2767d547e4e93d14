"""A good body for every route that takes one: what bad ones are made from."""

from typing import Any

UNKNOWN_UUID = "01890000-0000-7000-8000-000000000000"
PLAYED = {"event_id": "e-good", "user_id": "ann", "type": "match_completed"}
PLAYED |= {"audience": "default", "occurred_at": "2026-01-02T03:04:05.006Z", "properties": {"a": 1}}
EARN = {"amount": 5, "reason": "why", "reference_id": "ref", "token": "coins"}
SHOWN = {
    "buddy_id": UNKNOWN_UUID,
    "user_id": "ann",
    "allowed_origins": ["https://app.example.com"],
}
WORN = {"equip": ["practice-cap"], "unequip": ["shades"]}
LINES = [{"user_id": "ann", "placement": 1}]

# One body for every route that takes one, with every field that can stand beside the others.
GOOD: dict[str, dict[str, Any]] = {
    "POST /events": PLAYED,
    "POST /events/batch": {"events": [PLAYED]},
    "POST /eggs": {"user_id": "ann", "preset_id": "x", "metadata": {"a": 1}, "ensure": True},
    "PATCH /eggs/{egg_id}/status": {"status": "ready"},
    "PATCH /buddies/{buddy_id}": {"name": "Rex"},
    "PATCH /buddies/{buddy_id}/skills": {"updates": [{"key": "aim", "action": "set", "value": 1}]},
    "PATCH /users/{user_id}": {"time_zone": "Asia/Tokyo", "display_name": "Eve"},
    "POST /buddies/{buddy_id}/coins": EARN,
    "POST /buddies/{buddy_id}/tokens": EARN,
    "POST /buddies/{buddy_id}/coins/spend": EARN | {"item_id": "hat"},
    "POST /buddies/{buddy_id}/badges": {"badge_key": "fair-play", "reason": "why"},
    "POST /buddies/{buddy_id}/equip": WORN,
    "POST /buddies/{buddy_id}/purchases": {"item_id": "practice-cap"},
    "POST /buddies/{buddy_id}/ledger/{ledger_id}/reverse": {"reason": "why"},
    "POST /gates": {
        "gate_key": "new-gate",
        "token_key": "coins",
        "cost": 5,
        "label": "Label",
        "description": "Text",
        "metadata": {"a": 1},
        "is_active": True,
    },
    "PATCH /gates/{gate_key}": {
        "cost": 5,
        "label": "Label",
        "description": "Text",
        "metadata": {"a": 1},
        "is_active": True,
    },
    "POST /webhook-configs": {
        "url": "http://127.0.0.1:9999/hook",
        "events": ["*"],
        "description": "Text",
        "payload_format": "envelope",
        "signature": "hmac",
        "ordered": True,
        "rate_per_second": 5,
        "concurrency": 2,
    },
    "POST /webhook-configs/{endpoint_id}/rotate-secret": {"overlap_seconds": 60},
    "POST /webhook-configs/{endpoint_id}/test": {"type": "coins.earned"},
    "POST /webhook-configs/{endpoint_id}/replay": {
        "since": "2026-01-02T03:04:05.006Z",
        "until": "2026-01-03T03:04:05.006Z",
        "status": "failed",
    },
    "PATCH /webhook-configs/{endpoint_id}": {
        "url": "http://127.0.0.1:9999/hook",
        "events": ["*"],
        "description": "Text",
        "status": "active",
        "rate_per_second": 5,
        "concurrency": 2,
    },
    "POST /config-versions": {"document": {}},
    "PUT /config-versions/{version_id}": {"document": {}},
    "POST /config-versions/{version_id}/dry-run": {"days": 3},
    "POST /buddies/migrate": {"config_version_id": UNKNOWN_UUID, "all": True},
    "POST /api-keys": {
        "kind": "publishable",
        "label": "a key",
        "scopes": ["read:buddies"],
        "allowed_origins": ["https://app.example.com"],
        "expires_at": "2036-01-01T00:00:00Z",
    },
    "POST /widget-sessions": SHOWN | {"scopes": ["read"], "ttl_seconds": 60},
    "POST /widget/events": {key: PLAYED[key] for key in PLAYED.keys() - {"user_id", "audience"}},
    "POST /widget/equip": WORN,
    "POST /widget/purchases": {"item_id": "practice-cap"},
    "POST /embed-tokens": SHOWN | {"ttl_seconds": 60},
    "POST /matches": {
        "match_id": "m-good",
        "provider": "other",
        "app_id": "app-1",
        "region": "Seattle",
        "roster": ["ann"],
        "room_config": {"a": 1},
        "deployment_id": "dep-1",
        "client_ips": ["127.0.0.1"],
        "mode": "duel",
        "map": "isle",
    },
    "POST /matches/{match_id}/void": {"reason": "why"},
    "POST /matches/{match_id}/claim": {
        "code": "c" * 20,
        "room_id": "room-1",
        "process_id": "process-1",
        "claim_nonce": "n" * 16,
    },
    "POST /matches/{match_id}/result": {
        "match_id": "m-1",
        "outcome": "decided",
        "ended_at": "2026-01-02T03:04:05Z",
        "players": LINES,
        "metadata": {"a": 1},
    },
}
