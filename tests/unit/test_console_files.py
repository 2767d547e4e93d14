"""The console's pages as they lie there: small, without anything inline, and sufficient."""

import re

import pytest

from app.console import cookie
from app.console.files import FOLDER, POLICY, files
from app.kit.crypto import MasterKey

KEY = MasterKey(bytes(range(32)))
TEXTS = {name: file.content.decode() for name, file in files().items()}
SCRIPTS = sorted(name for name in TEXTS if name.endswith(".js"))


def test_every_file_is_served_and_none_is_longer_than_a_person_reads() -> None:
    lying = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert lying == TEXTS.keys()
    assert len(SCRIPTS) > 25
    assert {name for name, text in TEXTS.items() if len(text.splitlines()) > 300} == set()


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    page = TEXTS["index.html"]
    assert re.search(r"\s(style|on\w+)=|<style|<script>", page) is None
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named
    assert all(name.removeprefix("/console/") in TEXTS for name in named)
    elsewhere = re.compile(r"https?://(?!www\.w3\.org/2000/svg)")
    assert [name for name, text in TEXTS.items() if elsewhere.search(text)] == []
    assert "unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_markup_of_text(name: str) -> None:
    markup = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|srcdoc"
    assert re.search(markup, TEXTS[name]) is None


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_module_that_is_imported_is_there(name: str) -> None:
    for wanted in re.findall(r'from "([^"]+)"', TEXTS[name]):
        path = (FOLDER / name).parent / wanted
        assert path.resolve().relative_to(FOLDER).as_posix() in TEXTS


def test_a_cookie_opens_for_the_key_that_sealed_it_alone() -> None:
    value = cookie.sealed(KEY, "customer", "session")
    assert cookie.opened(KEY, value) == ("customer", "session")
    assert cookie.opened(MasterKey(bytes(range(1, 33))), value) is None
    assert cookie.opened(KEY, value[:-1]) is None
    assert cookie.opened(KEY, "") is None


def test_no_other_sealed_value_opens_as_a_cookie() -> None:
    other = KEY.seal(b"customer/session", customer_id="customer", row="console_session")
    assert cookie.opened(KEY, other) is None
