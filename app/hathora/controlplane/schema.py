"""The tables. A room's row outlives the room, because its id can never be used again."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS org (
    org_id TEXT PRIMARY KEY
) STRICT;

CREATE TABLE IF NOT EXISTS org_token (
    org_token_id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES org,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    last_four TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at REAL NOT NULL,
    UNIQUE (org_id, name)
) STRICT;

CREATE TABLE IF NOT EXISTS app (
    app_id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES org,
    app_name TEXT NOT NULL,
    app_secret TEXT NOT NULL,
    auth_configuration TEXT NOT NULL,
    created_at REAL NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (org_id, app_name)
) STRICT;

CREATE TABLE IF NOT EXISTS build (
    build_id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES org,
    status TEXT NOT NULL,
    build_tag TEXT,
    content_hash TEXT NOT NULL,
    image_size INTEGER NOT NULL,
    created_at REAL NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS deployment (
    sequence INTEGER PRIMARY KEY,
    deployment_id TEXT NOT NULL UNIQUE,
    app_id TEXT NOT NULL REFERENCES app,
    build_id TEXT NOT NULL REFERENCES build,
    config TEXT NOT NULL,
    created_at REAL NOT NULL,
    created_by TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS deployment_of_app ON deployment (app_id, sequence);

CREATE TABLE IF NOT EXISTS process (
    sequence INTEGER PRIMARY KEY,
    process_id TEXT NOT NULL UNIQUE,
    app_id TEXT NOT NULL REFERENCES app,
    deployment_id TEXT NOT NULL REFERENCES deployment (deployment_id),
    region TEXT NOT NULL,
    status TEXT NOT NULL,
    rooms_per_process INTEGER NOT NULL,
    transport_type TEXT NOT NULL,
    port INTEGER,
    additional_ports TEXT NOT NULL,
    pid INTEGER,
    created_at REAL NOT NULL,
    scheduled_at REAL,
    booted_at REAL,
    started_at REAL,
    stopping_at REAL,
    terminated_at REAL,
    stop_reason TEXT,
    exit_reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS process_of_app ON process (app_id, sequence);
CREATE INDEX IF NOT EXISTS process_live ON process (deployment_id, region)
    WHERE terminated_at IS NULL;

CREATE TABLE IF NOT EXISTS room (
    room_id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES app,
    deployment_id TEXT,
    region TEXT NOT NULL,
    room_config TEXT,
    client_ips TEXT,
    state TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS room_allocation (
    sequence INTEGER PRIMARY KEY,
    room_allocation_id TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL REFERENCES room,
    process_id TEXT NOT NULL REFERENCES process (process_id),
    scheduled_at REAL NOT NULL,
    unscheduled_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS allocation_of_room ON room_allocation (room_id, sequence);
CREATE INDEX IF NOT EXISTS allocation_of_process ON room_allocation (process_id, sequence);
CREATE UNIQUE INDEX IF NOT EXISTS allocation_current ON room_allocation (room_id)
    WHERE unscheduled_at IS NULL;
CREATE INDEX IF NOT EXISTS slot_taken ON room_allocation (process_id)
    WHERE unscheduled_at IS NULL;
"""
