"""Preparing a data directory: safe to repeat, and secrets stay out of it."""

import sqlite3
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.hathora.client.client import HathoraClient
from app.hathora.controlplane.bootstrap import bootstrap, first_token, register_build
from app.hathora.controlplane.builds import BuildUnusable
from tests.hathora_support import (
    GAME_SERVER,
    body_of,
    control_plane,
    deployment,
    order,
    write_build,
)


def test_repeating_it_changes_nothing_until_something_differs(tmp_path: Path) -> None:
    source = write_build(tmp_path / "build", GAME_SERVER)
    data_dir = tmp_path / "data"
    first = bootstrap(data_dir, app_name="arena", build_source=source)
    token = first.dev_token
    again = bootstrap(data_dir, app_name="arena", build_source=source, dev_token=token)
    assert again == first
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "server.pyc").write_bytes(b"x")
    assert bootstrap(data_dir, app_name="arena", build_source=source, dev_token=token) == first
    roomier = bootstrap(
        data_dir, app_name="arena", build_source=source, rooms_per_process=5, dev_token=token
    )
    assert roomier.build_id == first.build_id
    assert roomier.deployment_id != first.deployment_id
    (source / "server.py").write_text("print('new')")
    changed = bootstrap(data_dir, app_name="arena", build_source=source, dev_token=token)
    assert changed.build_id not in (None, first.build_id)
    other = bootstrap(data_dir, app_name="other", dev_token=token)
    assert (other.deployment_id, other.build_id) == (None, None)
    assert other.org_id == first.org_id
    assert other.app_id != first.app_id


def test_only_the_hash_of_a_token_is_kept(tmp_path: Path) -> None:
    made = bootstrap(tmp_path, app_name="arena")
    assert made.dev_token.startswith("hathora_org_st_")
    stored = (tmp_path / "controlplane.sqlite3").read_bytes()
    assert made.dev_token.encode() not in stored
    assert first_token(tmp_path) is None
    assert (tmp_path / "controlplane.sqlite3").stat().st_mode & 0o077 == 0
    fresh = tmp_path / "fresh"
    token = first_token(fresh)
    assert token is not None
    assert first_token(fresh) is None


@pytest.mark.parametrize(
    "manifest",
    [None, "", "[]", '{"command": []}', '{"command": "run"}', '{"command": ["a\\u0000"]}'],
)
def test_a_folder_that_cannot_be_run_is_refused_whole(tmp_path: Path, manifest: str | None) -> None:
    source = tmp_path / "build"
    source.mkdir()
    if manifest is not None:
        (source / "clutch-server.json").write_text(manifest)
    with pytest.raises(BuildUnusable, match=r"clutch-server\.json"):
        bootstrap(tmp_path / "data", app_name="arena", build_source=source)
    with sqlite3.connect(tmp_path / "data" / "controlplane.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM app").fetchone() == (0,)
    with pytest.raises(ValidationError):
        bootstrap(tmp_path / "data", app_name="Not A Name")


async def test_a_build_registered_beside_a_running_control_plane_can_be_deployed(
    tmp_path: Path,
) -> None:
    async with control_plane(tmp_path) as plane:
        source = write_build(tmp_path / "second", GAME_SERVER.replace("ready on", "second on"))
        register_build(plane.data_dir, "bld-mine", source)
        with pytest.raises(sqlite3.IntegrityError):
            register_build(plane.data_dir, "bld-mine", source)
        base = f"/deployments/v3/apps/{plane.app_id}/deployments"
        body_of(await plane.http.post(base, json=deployment("bld-mine")), 201)
        process_id = await plane.room("r1")
        port = await plane.port_of(process_id)
        await order(port, "env")
        log = await plane.client.tail_log(plane.app_id, process_id)
        assert log == f"second on {port}\n".encode()


async def test_another_organizations_app_does_not_exist_for_a_token(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        with sqlite3.connect(plane.data_dir / "controlplane.sqlite3") as connection:
            connection.execute("INSERT INTO org VALUES ('org-other')")
            connection.execute(
                "INSERT INTO app SELECT 'app-other', 'org-other', app_name, app_secret,"
                " auth_configuration, created_at, created_by FROM app"
            )
        connection.close()
        answer = await plane.http.get("/apps/v2/apps/app-other")
        assert body_of(answer, 404) == {"message": "app not found"}
        base = str(plane.http.base_url)
        async with HathoraClient(base, plane.prepared.dev_token) as client:
            assert (await client.get_app(plane.app_id)).app_name == "arena"
