"""From a page's Markdown to HTML that needs no script and no inline style."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from app.guide.contents import INDEX, SECTIONS, pages, source

LOCAL = re.compile(r"^(?P<name>[a-z0-9-]+)\.md(?P<anchor>#.*)?$")
FILE = re.compile(r"^[A-Za-z0-9_.-]+$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and the anchor that leads to it."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its title, its headings, its body as HTML."""

    title: str
    headings: tuple[Heading, ...]
    body: str


@lru_cache(maxsize=64)
def page(name: str) -> Page:
    """Render a page that exists."""
    parser = _parser()
    tokens = parser.parse(source(name))
    headings = tuple(_anchored(tokens))
    _relink(tokens)
    body = parser.renderer.render(tokens, parser.options, {})
    return Page(headings[0].text if headings else name, headings, body)


@lru_cache(maxsize=64)
def document(name: str) -> str:
    """The whole HTML document of a page that exists."""
    shown = page(name)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(shown.title)} · Clutch</title>
<link rel="stylesheet" href="/guide/style.css">
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<nav aria-label="Guide">{_navigation(name)}</nav>
<main id="content">
{shown.body}
{_neighbours(name)}
</main>
{_outline(shown)}
</body>
</html>
"""


def slug(text: str) -> str:
    """The anchor of a heading: lower case, words joined by hyphens."""
    kept = re.sub(r"[^\w\s-]", "", text.lower())
    return re.sub(r"[\s]+", "-", kept).strip("-")


def link(name: str) -> str:
    """Where a page is served."""
    return "/guide" if name == INDEX else f"/guide/{name}"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    parser.add_render_rule("fence", _fence)
    return parser


def _fence(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """A block of code, coloured by class names; the words after the language are for tests."""
    words = tokens[index].info.split()
    language = words[0] if words else "text"
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    is_output = "output" in words[1:]
    coloured = highlight(tokens[index].content, lexer, HtmlFormatter(nowrap=True))
    kind = "output" if is_output else "code"
    return f'<pre class="{kind}" tabindex="0"><code>{coloured}</code></pre>\n'


def _anchored(tokens: Sequence[Token]) -> list[Heading]:
    """Give every heading an id of its own; the headings in order."""
    found: list[Heading] = []
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        anchor, number = slug(text), 2
        while anchor in {heading.anchor for heading in found}:
            anchor, number = f"{slug(text)}-{number}", number + 1
        token.attrSet("id", anchor)
        found.append(Heading(int(token.tag[1]), text, anchor))
    return found


def _relink(tokens: Sequence[Token]) -> None:
    """Links between files of the folder become links between what is served."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _served(str(child.attrGet("href"))))
            elif child.type == "image":
                child.attrSet("src", _served(str(child.attrGet("src"))))
                child.attrSet("loading", "lazy")


def _served(target: str) -> str:
    local = LOCAL.match(target)
    if local is not None:
        return link(local["name"]) + (local["anchor"] or "")
    return f"/guide/{target}" if FILE.match(target) else target


def _navigation(current: str) -> str:
    existing = set(pages())
    parts = ['<p class="brand"><a href="/guide">Clutch</a></p>']
    for section, names in SECTIONS:
        items = [_item(name, name == current) for name in names if name in existing]
        if items:
            parts.append(f"<h2>{escape(section)}</h2><ul>{''.join(items)}</ul>")
    return "".join(parts)


def _item(name: str, is_current: bool) -> str:
    mark = ' aria-current="page"' if is_current else ""
    return f'<li><a href="{link(name)}"{mark}>{escape(page(name).title)}</a></li>'


def _outline(shown: Page) -> str:
    items = [
        f'<li class="level-{each.level}"><a href="#{each.anchor}">{escape(each.text)}</a></li>'
        for each in shown.headings
        if each.level in (2, 3)
    ]
    if len(items) < 2:
        return ""
    return f'<aside aria-label="On this page"><ul>{"".join(items)}</ul></aside>'


def _neighbours(name: str) -> str:
    names = pages()
    index = names.index(name)
    links = []
    if index > 0:
        before = names[index - 1]
        links.append(f'<a rel="prev" href="{link(before)}">← {escape(page(before).title)}</a>')
    if index + 1 < len(names):
        after = names[index + 1]
        links.append(f'<a rel="next" href="{link(after)}">{escape(page(after).title)} →</a>')
    return f'<footer class="neighbours">{"".join(links)}</footer>'
