"""Builds as folders: `data-dir/builds/<buildId>/` with `clutch-server.json` at its root.

    {"command": ["python3", "server.py", "--port", "{port}"], "env": {"NAME": "value"}}

`env` may be left out; `{port}` is replaced in every word of the command. Programs are looked up in
the control plane's PATH.
"""

import hashlib
import shutil
import sqlite3
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from app.hathora.controlplane.instants import instant
from app.hathora.models.builds import BuildV3
from app.hathora.models.enums import BuildStatus

MANIFEST = "clutch-server.json"
_LEFT_OUT = ("__pycache__",)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain U+0000")
    return text


_Word = Annotated[str, AfterValidator(_without_nul)]
_Name = Annotated[str, Field(pattern=r"\A[a-zA-Z_][a-zA-Z0-9_]*\z")]


class BuildUnusable(Exception):
    """The folder cannot be run: no manifest, or one that says nothing useful."""


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    command: list[_Word] = Field(min_length=1)
    env: dict[_Name, _Word] = {}

    def command_for(self, port: int) -> list[str]:
        return [word.replace("{port}", str(port)) for word in self.command]


def read_manifest(build_dir: Path) -> Manifest:
    """
    Raises:
        BuildUnusable
    """
    try:
        return Manifest.model_validate_json((build_dir / MANIFEST).read_bytes())
    except (OSError, ValidationError) as fault:
        raise BuildUnusable(f"{MANIFEST}: {fault}") from fault


def wire_build(row: sqlite3.Row) -> BuildV3:
    """A row of `build` as the API shows it; a folder copied in was started and finished at once."""
    return BuildV3(
        image_size=row["image_size"],
        status=row["status"],
        deleted_at=None,
        finished_at=instant(row["created_at"]),
        started_at=instant(row["created_at"]),
        created_at=instant(row["created_at"]),
        created_by=row["created_by"],
        build_id=row["build_id"],
        org_id=row["org_id"],
        content_hash=row["content_hash"],
        build_tag=row["build_tag"],
    )


def content_hash(source: Path) -> str:
    """SHA-256 over names, executable bits and contents of all files, in order of name."""
    digest = hashlib.sha256()
    for path in _files(source):
        inner = hashlib.sha256(path.read_bytes()).hexdigest()
        runs = "x" if path.stat().st_mode & 0o100 else "-"
        digest.update(f"{path.relative_to(source)}\0{runs}\0{inner}\n".encode())
    return digest.hexdigest()


def add_build(
    tx: sqlite3.Connection,
    *,
    builds_dir: Path,
    org_id: str,
    build_id: str,
    source: Path,
    now: float,
) -> None:
    """Copy the folder in as a finished build; the copy of an earlier attempt is replaced.

    Raises:
        BuildUnusable: `source` has no usable manifest.
        sqlite3.IntegrityError: there is a build of that id.
    """
    read_manifest(source)
    size = sum(path.stat().st_size for path in _files(source))
    tx.execute(
        "INSERT INTO build (build_id, org_id, status, content_hash, image_size, created_at,"
        " created_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (build_id, org_id, BuildStatus.SUCCEEDED, content_hash(source), size, now, "bootstrap"),
    )
    target = builds_dir / build_id
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))


def _files(source: Path) -> list[Path]:
    return sorted(
        path
        for path in source.rglob("*")
        if path.is_file() and not set(_LEFT_OUT).intersection(path.relative_to(source).parts)
    )
