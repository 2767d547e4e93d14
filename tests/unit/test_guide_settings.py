"""The guide names every setting, and none that does not exist."""

import re

from app.guide.contents import pages, source
from app.settings import Settings

# Variables of commands and snippets, not settings of the server.
OTHERS = {
    "API_KEY",
    "CUSTOMER_ID",
    "GAME_SERVER_KEY_ID",
    "GAME_SERVER_SECRET",
    "HATHORA_TOKEN",
    "NEW_MASTER_KEY",
    "SECRET_KEY",
    "URL",
}


def test_the_page_about_production_has_every_setting() -> None:
    table = source("production").partition("## Settings")[2]
    named = {name.lower() for name in re.findall(r"CLUTCH_([A-Z_]+)", table)}
    assert named == set(Settings.model_fields)


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = {name.upper() for name in Settings.model_fields} | OTHERS
    unknown = {
        f"{page}: CLUTCH_{name}"
        for page in pages()
        for name in re.findall(r"\bCLUTCH_([A-Z][A-Z_]+)\b", source(page))
        if name not in known
    }
    assert unknown == set()
