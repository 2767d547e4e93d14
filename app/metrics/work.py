"""What this process took in and sent out: lanes and delivery attempts."""

from collections.abc import Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from app.events.lane import Lanes
from app.metrics.families import add_spread
from app.webhooks.tally import Tally as Attempts


class LaneCollector:
    """Events by what became of them, set sizes, and what waits."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def collect(self) -> Iterator[Metric]:
        """What the lanes counted so far."""
        tally = self._lanes.tally
        events = CounterMetricFamily(
            "clutch_events",
            "Events that reached a lane, by what became of them.",
            labels=("result",),
        )
        events.add_metric(("accepted",), tally.accepted)
        events.add_metric(("replayed",), tally.replayed)
        events.add_metric(("refused",), tally.refused.total())
        yield events
        refused = CounterMetricFamily(
            "clutch_events_refused", "Refused events by error code.", labels=("code",)
        )
        for code, count in sorted(tally.refused.items()):
            refused.add_metric((code,), count)
        yield refused
        sizes = HistogramMetricFamily(
            "clutch_lane_set_events", "Events taken in by one transaction."
        )
        add_spread(sizes, (), tally.set_sizes)
        yield sizes
        yield GaugeMetricFamily(
            "clutch_lane_waiting_units", "Units that wait for their set.", value=self._lanes.waiting
        )


class AttemptCollector:
    """Delivery attempts by outcome and class of error."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    def collect(self) -> Iterator[Metric]:
        """What the delivery loop counted so far."""
        durations = HistogramMetricFamily(
            "clutch_webhook_attempt_duration_seconds",
            "Delivery attempts of this process; error is `none` for a success.",
            labels=("outcome", "error"),
        )
        for (outcome, error), spread in sorted(self._attempts.durations.items()):
            add_spread(durations, (outcome.value, error), spread)
        yield durations
