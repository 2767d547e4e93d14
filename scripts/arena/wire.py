"""JSON objects as lines over a stream. Runs on Python 3.9."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

LINE_BYTES_MAX = 16_384
TIMED_OUT = asyncio.TimeoutError  # a class of its own before Python 3.11


class Gone(Exception):
    """The other side has closed, broke off, or does not speak this protocol."""


async def receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next message.

    Raises:
        Gone: there is none, or it is not a JSON object of at most `LINE_BYTES_MAX` bytes.
    """
    try:
        line = await reader.readline()
        message = json.loads(line) if line.endswith(b"\n") else None
    except (OSError, ValueError) as fault:
        raise Gone(type(fault).__name__) from fault
    if not isinstance(message, dict):
        raise Gone("closed")
    return message


async def send(writer: asyncio.StreamWriter, message: Mapping[str, Any]) -> None:
    """Write one message; a peer that has gone is noticed when reading."""
    with contextlib.suppress(OSError):
        writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        await writer.drain()


async def close(writer: asyncio.StreamWriter) -> None:
    """Send what is buffered and close; never raises for a peer that has gone."""
    with contextlib.suppress(OSError):
        writer.close()
        await writer.wait_closed()
