"""Ports of this machine: which are free, which are bound, which have connections.

Where the kernel lists its sockets (`/proc/net`) one look answers for all processes and the game
servers notice nothing; elsewhere a port is tried by connecting to it.
"""

import random
import socket
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from app.hathora.models.enums import TransportType

_LISTENING = "0A"
_ESTABLISHED = "01"
_NET = Path("/proc/net")


class NoPortFree(Exception):
    """Every port of the range is taken."""


def free_ports(
    count: int, *, first: int, last: int, taken: Collection[int], chance: random.Random
) -> list[int]:
    """`count` ports of `first..last` that nothing is bound to and that are not in `taken`.

    Raises:
        NoPortFree
    """
    candidates = list(set(range(first, last + 1)) - set(taken))
    chance.shuffle(candidates)
    found: list[int] = []
    for port in candidates:
        if len(found) == count:
            break
        if _is_free(port):
            found.append(port)
    if len(found) < count:
        raise NoPortFree(f"no free port between {first} and {last}")
    return found


def bound_ports(wanted: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the wanted (transport, port) pairs on which something listens."""
    if not wanted:
        return set()
    if not _NET.exists():
        return {pair for pair in wanted if _accepts(pair[1])}
    listening = {port for port, state in _sockets("tcp") if state == _LISTENING}
    datagram = {port for port, _ in _sockets("udp")}
    return {
        (transport, port)
        for transport, port in wanted
        if port in (datagram if transport == TransportType.UDP else listening)
    }


def connections() -> Counter[int]:
    """Established TCP connections by local port; empty where the kernel has no such list."""
    return Counter(port for port, state in _sockets("tcp") if state == _ESTABLISHED)


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True


def _accepts(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _sockets(protocol: str) -> list[tuple[int, str]]:
    """(local port, state) of every socket; columns as in proc_pid_net(5)."""
    found = []
    for name in (protocol, f"{protocol}6"):
        try:
            lines = (_NET / name).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            columns = line.split()
            found.append((int(columns[1].rsplit(":", 1)[1], 16), columns[3]))
    return found
