"""Every page of the guide does what it says: its snippets are run against a real server."""

from pathlib import Path

import pytest

from app.guide.contents import pages
from tests import guide
from tests.browser import Server
from tests.conftest import MASTER_KEY
from tests.hathora_support import free_port

PAGES = [page for page in pages() if guide.snippets(page)]


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_does_what_it_says(page: str, tmp_path: Path, server: Server) -> None:
    if guide.starts_a_server(page):
        guide.run_page(page, tmp_path, port=free_port(), environment={})
        return
    customer = await server.customer()
    environment = {
        "CLUTCH_SECRET_KEY": customer["secret_key"],
        "CLUTCH_CUSTOMER_ID": customer["customer_id"],
        "CLUTCH_DATA_DIR": str(server.settings.data_dir),
        "CLUTCH_MASTER_KEY": MASTER_KEY,
        "CLUTCH_EGRESS_ALLOW": "127.0.0.0/8",
    }
    port = int(server.url.rsplit(":", 1)[1])
    guide.run_page(page, tmp_path, port=port, environment=environment)
