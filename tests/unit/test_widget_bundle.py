"""The module that pages load: one file, small, of parts that name what they need."""

import gzip
import re

from app.guide.contents import source
from app.widget.bundle import MODULES, PARTS, joined, widget_script

GZIPPED_MAX = 30 * 1024
LINES_MAX = 300


def _imported(part: str) -> list[str]:
    text = (MODULES / f"{part}.mjs").read_text()
    return re.findall(r'^import [^;]* from "\./(\w+)\.mjs";', text, re.MULTILINE)


def test_every_part_comes_after_what_it_imports() -> None:
    early = {part: set(_imported(part)) - set(PARTS[:at]) for at, part in enumerate(PARTS)}
    assert {part: missing for part, missing in early.items() if missing} == {}


def test_all_parts_are_in_it_and_none_is_longer_than_a_person_reads() -> None:
    files = {path.stem: len(path.read_text().splitlines()) for path in MODULES.glob("*.mjs")}
    assert files.keys() - {"embed"} == set(PARTS)
    assert max(files.values()) <= LINES_MAX


def test_it_is_small_and_needs_nothing_else() -> None:
    text = widget_script().text
    assert len(gzip.compress(text.encode())) <= GZIPPED_MAX
    assert re.findall(r"^\s*(?:import|export)\b(?!\.meta)", text, re.MULTILINE) == []


def test_parts_keep_their_names_apart() -> None:
    one = 'export const NAME = "one";\nconst own = 1;\n'
    other = 'import { NAME } from "./one.mjs";\n/** Words. */\nconst own = 2;\nuse(NAME, own);\n'
    assert joined([one, other]) == (
        'const { NAME } = (() => {\nconst NAME = "one";\nconst own = 1;\nreturn { NAME };\n})();\n'
        "{\nconst own = 2;\nuse(NAME, own);\n}\n"
    )


def test_the_guide_names_every_element_attribute_variable_and_event() -> None:
    script, guide = widget_script().text, source("widgets")
    kinds = re.search(r"const ELEMENTS = {(.*?)}", script, re.DOTALL)
    assert kinds is not None
    elements = {f"clutch-{name}" for name in re.findall(r"(\w+):", kinds[1])}
    observed = re.findall(r"observedAttributes = \[(.*?)\]", script)
    attributes = {name for each in observed for name in re.findall(r'"([\w-]+)"', each)}
    told = re.search(r"const TOLD = \[(.*?)\]", script)
    assert told is not None
    events = {f"clutch:{name}" for name in re.findall(r'"(\w+)"', told[1])}
    for names in (elements, attributes, events):
        assert len(names) >= 5
        assert {name for name in names if name not in guide} == set()
    known = set(re.findall(r"var\((--hw-[a-z-]+)", script))
    assert known == set(re.findall(r"--hw-[a-z-]+", guide))


def test_the_guide_says_how_large_it_is() -> None:
    size = len(gzip.compress(widget_script().text.encode()))
    assert f"{round(size / 1024)} KiB compressed" in source("widgets")
