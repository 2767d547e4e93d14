"""Requests by route and status, counted as they are answered."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from app.kit.observing import Answered, UnderWay
from app.kit.tally import Spread
from app.metrics.families import add_spread

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Requests:
    """An observer of answers, and a collector for Prometheus."""

    def __init__(self) -> None:
        self.under_way = UnderWay()
        self._statuses: Counter[tuple[str, str, str]] = Counter()
        self._durations: defaultdict[tuple[str, str], Spread] = defaultdict(lambda: Spread(SECONDS))

    def __call__(self, answered: Answered) -> None:
        """Count one answer."""
        self._statuses[answered.method, answered.route, str(answered.status)] += 1
        self._durations[answered.method, answered.route].add(answered.seconds)

    def collect(self) -> Iterator[Metric]:
        """What was counted so far."""
        statuses = CounterMetricFamily(
            "clutch_http_requests",
            "Requests answered; status 0: the caller went away first.",
            labels=("method", "route", "status"),
        )
        for statused, count in sorted(self._statuses.items()):
            statuses.add_metric(statused, count)
        yield statuses
        durations = HistogramMetricFamily(
            "clutch_http_request_duration_seconds",
            "From the first byte to the complete answer.",
            labels=("method", "route"),
        )
        for timed, spread in sorted(self._durations.items()):
            add_spread(durations, timed, spread)
        yield durations
        yield GaugeMetricFamily(
            "clutch_http_requests_in_progress",
            "Requests that are being answered.",
            value=self.under_way.count,
        )
