"""hathora …"""

import typer

app = typer.Typer(help="The control plane for game servers, and the apps whose matches count.")
