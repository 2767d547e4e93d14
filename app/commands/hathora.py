"""hathora …"""

import os
import shutil
import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import ValidationError

from app.commands.context import (
    AsJson,
    CustomerId,
    DatabaseUrl,
    DataDir,
    console,
    fail,
    print_json,
    run,
    settings_of,
)
from app.customers import service as customers
from app.hathora.client import errors
from app.hathora.client.client import HathoraClient
from app.hathora.controlplane.application import OnStop
from app.hathora.controlplane.bootstrap import Bootstrapped, bootstrap
from app.hathora.controlplane.builds import BuildUnusable
from app.hathora.controlplane.serve import DataDirectoryInUse
from app.hathora.controlplane.serve import serve as serve_control_plane
from app.kit.db import Database
from app.matches.apps import connect_app
from app.sdk import gameserver

TOKEN_VARIABLE = "CLUTCH_HATHORA_TOKEN"
PORT = 8090
REPORTER = Path(gameserver.__file__)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="""
    The control plane for game servers, and the apps whose matches count.

    First steps: `clutch hathora serve`; `clutch hathora deploy FOLDER --app NAME`, which answers
    an app id and a token; then `clutch hathora connect --customer ID --app-id ID --base-url URL`
    with that token, so that `POST /matches` may open rooms for the app.
    """,
)
ControlPlaneDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="The control plane's own directory; left out: `hathora` in Clutch's data directory.",
    ),
]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = PORT,
    data_dir: ControlPlaneDir = None,
    keep_processes: Annotated[
        bool,
        typer.Option(
            "--keep-processes", help="Leave game servers running at the end, for a quick restart."
        ),
    ] = False,
) -> None:
    """Run a control plane that speaks Hathora's API and starts game servers on this machine.

    Whoever may deploy may run code: game servers are ordinary processes of your user. The first
    start prints a developer token, once; `clutch hathora deploy` makes further ones.
    """
    home = _home(data_dir)
    console.print(f"Control plane on http://{host}:{port}, data in {home}", soft_wrap=True)
    console.print("Whoever may deploy here may run code as you. Keep its tokens to yourself.")
    on_stop = OnStop.KEEP_PROCESSES if keep_processes else OnStop.STOP_PROCESSES
    try:
        serve_control_plane(host, port, home, on_stop=on_stop)
    except DataDirectoryInUse as problem:
        raise fail(str(problem)) from None


@app.command()
def deploy(
    folder: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, help="The build: it holds a clutch-server.json."
        ),
    ],
    app_name: Annotated[str, typer.Option("--app", help="The app's name; made if it is new.")],
    rooms_per_process: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many rooms share one process.")
    ] = 1,
    extra_files: Annotated[
        list[Path] | None,
        typer.Option("--with", exists=True, dir_okay=False, help="A file to put beside, as well."),
    ] = None,
    as_json: AsJson = False,
    data_dir: ControlPlaneDir = None,
) -> None:
    """Copy a folder in as a build and deploy it. Works beside a running control plane.

    `clutch-server.json` says what to run: {"command": ["python3", "server.py", "--port", "{port}"]}
    and, if you like, "env". The file `gameserver.py`, with which a server claims its match and
    reports the result, is put beside unless the folder has one. The same folder again changes
    nothing, but makes a new developer token: it is shown this once.
    """
    home = _home(data_dir)
    beside = [REPORTER, *(extra_files or [])]
    try:
        with TemporaryDirectory() as scratch:
            source = _assembled(folder, beside, Path(scratch) / "build")
            made = bootstrap(
                home, app_name=app_name, build_source=source, rooms_per_process=rooms_per_process
            )
    except (BuildUnusable, OSError, sqlite3.Error) as problem:
        raise fail(f"{folder} was not deployed: {problem}") from None
    except ValidationError as problem:
        raise fail(problem.errors()[0]["msg"]) from None
    if as_json:
        print_json(_told(made))
        return
    console.print(f"[bold]{app_name}[/bold] is deployed. Connect it with its token on stdin:")
    for name, value in _told(made).items():
        typer.echo(f"{name}={value}")


@app.command()
def connect(
    customer: CustomerId,
    app_id: Annotated[str, typer.Option("--app-id", help="The app's id, as deploy printed it.")],
    base_url: Annotated[str, typer.Option("--base-url", help="Where the control plane is.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let a customer's matches open rooms of an app.

    The developer token is read from CLUTCH_HATHORA_TOKEN, else from standard input, and kept
    encrypted. The control plane is asked about the app first; connecting again replaces both.
    """
    token = _token()

    async def work(database: Database) -> str:
        async with database.read(customer) as tx:
            await customers.read(tx)
        name = await _name_of(base_url, token, app_id)
        async with database.begin(customer) as tx:
            await connect_app(tx, app_id=app_id, base_url=base_url, token=token)
        return name

    try:
        name = run(settings_of(data_dir, database_url), work)
    except errors.HathoraError as problem:
        raise fail(_said(problem, base_url, app_id)) from None
    console.print(f"Connected [bold]{name}[/bold]: `POST /matches` may open its rooms now.")


def _home(given: Path | None) -> Path:
    return (given or settings_of(None, None).data_dir / "hathora").resolve()


def _assembled(folder: Path, beside: list[Path], target: Path) -> Path:
    """A copy of the folder with the files that it does not have itself."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
    for file in beside:
        if not (target / file.name).exists():
            shutil.copy(file, target)
    return target


def _told(made: Bootstrapped) -> dict[str, str | None]:
    return {
        "app_id": made.app_id,
        "deployment_id": made.deployment_id,
        "build_id": made.build_id,
        "dev_token": made.dev_token,
    }


def _token() -> str:
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        if sys.stdin.isatty():
            console.print("Developer token, then Enter:")
        token = sys.stdin.readline().strip()
    if not token:
        raise fail(f"no token; pipe it in, or set {TOKEN_VARIABLE}")
    return token


async def _name_of(base_url: str, token: str, app_id: str) -> str:
    async with HathoraClient(base_url, token) as client:
        return (await client.get_app(app_id)).app_name


def _said(problem: errors.HathoraError, base_url: str, app_id: str) -> str:
    if isinstance(problem, errors.HathoraCloudError):
        match problem.status_code:
            case 401 | 403:
                return f"{base_url} does not take this token ({problem.message})"
            case 404:
                return f"{base_url} knows no app {app_id} ({problem.message})"
        return f"{base_url} answered {problem.status_code}: {problem.message}"
    return f"no control plane answers at {base_url} ({type(problem).__name__}: {problem})"
