"""In-process hints that something changed. Losing one costs a poll interval, nothing else."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Nudges:
    """Wakes whoever waits for a name."""

    def __init__(self) -> None:
        self.is_ending = False  # the process stops: answers are not held back any longer
        self._events: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._told: Told | None = None

    def nudge(self, name: str) -> None:
        """Wake everyone who waits for `name`, in other processes too where they are told."""
        self.hear(name)
        if self._told is not None:
            self._told.add(name)

    def hear(self, name: str) -> None:
        """Wake everyone who waits for `name` in this process."""
        for event in self._events.get(name, ()):
            event.set()

    def listen(self, name: str) -> "Listener":
        """Begin to listen: a nudge between now and `wait` is not missed."""
        return Listener(self._events, name)

    @contextmanager
    def overheard(self) -> "Iterator[Told]":
        """Collect the names nudged in this process, for whoever tells the others."""
        self._told = Told()
        try:
            yield self._told
        finally:
            self._told = None


class Told:
    """Names that other processes have not been told of yet."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._names: set[str] = set()

    def add(self, name: str) -> None:
        """Note a name."""
        self._names.add(name)
        self.changed.set()

    def take(self) -> list[str]:
        """The names noted since the last time."""
        names, self._names = self._names, set()
        self.changed.clear()
        return sorted(names)


class Listener:
    """One waiter; use as a context manager."""

    def __init__(self, events: defaultdict[str, set[asyncio.Event]], name: str) -> None:
        self._events = events
        self._name = name
        self._event = asyncio.Event()

    def __enter__(self) -> "Listener":
        self._events[self._name].add(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        waiting = self._events[self._name]
        waiting.discard(self._event)
        if not waiting:
            del self._events[self._name]

    async def wait(self, seconds: float) -> None:
        """Return at the next nudge, or after `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        self._event.clear()
