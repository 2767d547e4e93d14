"""The guide's snippets: found in its pages, run as a reader would run them.

A fenced block is run when its info string says so, in the order of the page, all in one shell:

    ```bash run              typed into a terminal
    ```bash run background   typed into another terminal, where it stays until the page ends
    ```python run            a program of its own; it finds the page's files and variables
    ```text output           what the block before it prints; … stands for anything in a line,
                             a line that is only … for any lines
    ```json output           the same as JSON: "…" stands for any value, and the member
                             "…": "…" for any further members

Any other block is only shown. `localhost:8080` is the server: the shared one of all pages, unless
the page starts one itself. 9000 and 9100 are free for the page's own programs. Set for each page:
`CLUTCH_SECRET_KEY` and `CLUTCH_CUSTOMER_ID` of a new customer with the arena's rules, and where
`clutch` finds the server's database. A page that starts a server gets none of these.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from app.guide.contents import source
from tests.hathora_support import free_port

SERVER = "8080"
OWN_PORTS = ("9000", "9100")
ANYTHING = "…"
PAGE_SECONDS = 120
MARK = "@@@"
PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Snippet:
    """A block that is run, and what it must print (None: whatever it likes)."""

    language: str
    text: str
    line: int
    is_background: bool
    expected: str | None = None
    expected_is_json: bool = False


def snippets(page: str) -> list[Snippet]:
    """The blocks of a page that are to be run, in order."""
    found: list[Snippet] = []
    for token in MarkdownIt("commonmark").parse(source(page)):
        if token.type != "fence":
            continue
        language, *words = token.info.split() or ["text"]
        line = (token.map or [0])[0] + 1
        if "run" in words:
            found.append(Snippet(language, token.content, line, "background" in words))
        elif "output" in words:
            assert found, f"{page}.md:{line} shows the output of nothing"
            is_json = language == "json"
            before = found[-1]
            assert before.expected is None, f"{page}.md:{line} is a second output"
            found[-1] = Snippet(
                before.language, before.text, before.line, before.is_background,
                token.content, is_json,
            )  # fmt: skip
    return found


def starts_a_server(page: str) -> bool:
    """Whether a page brings up its own server."""
    return any(each.is_background and "clutch serve" in each.text for each in snippets(page))


def run_page(page: str, folder: Path, *, port: int, environment: Mapping[str, str]) -> None:
    """Run a page's snippets in a folder; fails with the place and what was printed."""
    ports = {SERVER: str(port)} | {own: str(free_port()) for own in OWN_PORTS}
    todo = snippets(page)
    script = "\n".join(_step(number, each, ports) for number, each in enumerate(todo))
    script += f"\nprintf '\\n{MARK} {len(todo)}\\n'\n"
    (folder / ".page.sh").write_text(_prelude() + script)
    shell = subprocess.Popen(
        ["bash", ".page.sh"],
        cwd=folder,
        env=_environment(folder) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = shell.communicate(timeout=PAGE_SECONDS)
    except subprocess.TimeoutExpired:
        _end(shell)
        raise AssertionError(f"{page}.md takes longer than {PAGE_SECONDS} s") from None
    finally:
        _end(shell)
    _compare(page, todo, output, {new: old for old, new in ports.items()})


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLUTCH_")}
    tools = f"{Path(sys.executable).parent}:{kept['PATH']}"
    more = {"PATH": tools, "HOME": str(folder), "PYTHONPATH": str(PROJECT), "NO_COLOR": "1"}
    return kept | more | {"COLUMNS": "100", "no_proxy": "*", "TERM": "dumb"}


def _prelude() -> str:
    return (
        "set -euo pipefail\n"
        "await_port() { for _ in $(seq 600); do "
        "(exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null && return; sleep 0.1; done; "
        'echo "nothing listens on $1"; return 1; }\n'
    )


def _step(number: int, snippet: Snippet, ports: Mapping[str, str]) -> str:
    text = re.sub(r"\b(\d{4})\b", lambda found: ports.get(found[1], found[1]), snippet.text)
    if snippet.language == "python":
        text = f"python - <<'END_OF_SNIPPET'\n{text}END_OF_SNIPPET\n"
    else:
        assert snippet.language in ("bash", "sh"), f"cannot run {snippet.language}"
    if snippet.is_background:
        log = f".background-{number}.log"
        waits = [f"await_port {new}" for new in ports.values() if new in text]
        text = f"{{ {text.rstrip()}\n}} > {log} 2>&1 &\n" + "\n".join(
            f"{wait} || {{ cat {log}; exit 1; }}" for wait in waits[:1]
        )
    return f"printf '\\n{MARK} {number}\\n'\n{text}\n"


def _end(shell: subprocess.Popen[str]) -> None:
    """End everything that the page began: its session is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGTERM)
    for _ in range(100):
        try:
            os.killpg(shell.pid, 0)
        except (ProcessLookupError, PermissionError):
            break
        shell.poll()
        time.sleep(0.1)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)


def _compare(page: str, todo: list[Snippet], output: str, back: Mapping[str, str]) -> None:
    parts = re.split(rf"^{MARK} (\d+)\n", output, flags=re.M)
    printed = dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))
    for number, snippet in enumerate(todo):
        place = f"{page}.md:{snippet.line}"
        assert number in printed, f"{place} was not reached:\n{output[-3000:]}"
        is_last = number == max(printed)
        said = "".join(_restored(printed[number], back))
        assert not is_last, f"{place} failed:\n{snippet.text}\n--- it printed\n{said[-3000:]}"
        if snippet.expected is not None:
            is_alike = _alike_json if snippet.expected_is_json else _alike_text
            assert is_alike(snippet.expected, said), (
                f"{place} prints something else:\n{said[-3000:]}\n--- expected\n{snippet.expected}"
            )


def _restored(text: str, back: Mapping[str, str]) -> Iterator[str]:
    yield re.sub("|".join(map(re.escape, back)), lambda found: back[found[0]], text)


def _alike_text(expected: str, said: str) -> bool:
    lines = []
    for line in expected.strip("\n").splitlines():
        if line.strip() == ANYTHING:
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(".*".join(map(re.escape, line.rstrip().split(ANYTHING))) + r"[ \t]*\n")
    return re.fullmatch("".join(lines), said.strip("\n") + "\n") is not None


def _alike_json(expected: str, said: str) -> bool:
    try:
        return _alike(json.loads(expected), json.loads(said))
    except json.JSONDecodeError:
        return False


def _alike(expected: Any, said: Any) -> bool:
    if expected == ANYTHING:
        return True
    if isinstance(expected, dict) and isinstance(said, dict):
        is_open = ANYTHING in expected
        names = expected.keys() - {ANYTHING}
        fits = names <= said.keys() if is_open else names == said.keys()
        return fits and all(_alike(expected[name], said[name]) for name in names)
    if isinstance(expected, list) and isinstance(said, list):
        if expected and expected[-1] == ANYTHING:
            expected, said = expected[:-1], said[: len(expected) - 1]
        return len(expected) == len(said) and all(map(_alike, expected, said))
    if isinstance(expected, str) and isinstance(said, str) and ANYTHING in expected:
        return _alike_text(expected, said)
    return bool(expected == said)
