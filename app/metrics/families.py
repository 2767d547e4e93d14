"""How plain numbers become Prometheus metrics."""

from collections.abc import Sequence
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily

from app.kit.tally import Spread


def add_spread(family: HistogramMetricFamily, labels: Sequence[str], spread: Spread) -> None:
    """Add a spread to a histogram, whose buckets are cumulative."""
    bounds = [f"{float(bound)}" for bound in spread.bounds] + ["+Inf"]
    buckets = list(zip(bounds, accumulate(spread.counts), strict=True))
    family.add_metric(labels, buckets, spread.total)
