"""The guide is whole: every page, picture and link is there, under a policy without scripts."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from app.guide.contents import FOLDER, SECTIONS, files, pages
from app.guide.rendering import document, link, slug
from app.guide.router import router
from app.kit.faults import RequestIds, install_handlers

ELSEWHERE = ("/docs", "/api/v1/openapi.json", "/console", "/metrics", "/embed")


class Html(HTMLParser):
    """What a page points to, and what it can be pointed at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.targets.append(value or "")
            elif name == "id":
                self.anchors.append(value or "")


@pytest.fixture
async def reader() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router)
    install_handlers(app)
    app.add_middleware(RequestIds)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def test_every_page_of_the_folder_has_a_place_in_the_navigation() -> None:
    listed = [name for _, names in SECTIONS for name in names]
    assert {path.stem for path in FOLDER.glob("*.md")} - set(listed) == set()
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("name", pages())
async def test_a_page_is_served_under_a_strict_policy(name: str, reader: httpx.AsyncClient) -> None:
    answer = await reader.get(link(name))
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    html = Html(answer.text)
    assert html.tags & {"script", "style", "iframe", "form"} == set()
    assert "style" not in html.attributes
    assert len(html.anchors) == len(set(html.anchors))
    assert "<h1" in answer.text
    again = await reader.get(link(name), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", pages())
async def test_every_link_of_a_page_leads_somewhere(name: str, reader: httpx.AsyncClient) -> None:
    here = Html(document(name))
    anchors = {link(each): set(Html(document(each)).anchors) for each in pages()}
    for target in here.targets:
        if target.startswith(("https://", "http://", *ELSEWHERE)):
            continue
        path, _, anchor = target.partition("#")
        path = path or link(name)
        assert (await reader.get(path)).status_code == 200, f"{name}: {target}"
        assert not anchor or anchor in anchors[path], f"{name}: {target}"


@pytest.mark.parametrize("name", sorted(files()))
async def test_files_beside_the_pages_are_served(name: str, reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"/guide/{name}")
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content


@pytest.mark.parametrize("name", ["nothing", "router.py", "..%2Fmain.py", "index.md", "%2e%2e"])
async def test_nothing_else_is(name: str, reader: httpx.AsyncClient) -> None:
    assert (await reader.get(f"/guide/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("Sending events", "sending-events"),
        ("`GET /x` now!", "get-x-now"),
        ("What's a key?", "whats-a-key"),
    ],
)
def test_anchors_are_the_words_of_the_heading(text: str, anchor: str) -> None:
    assert slug(text) == anchor
