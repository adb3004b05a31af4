"""Metrics for Prometheus: the same counts as `queues`, by system and state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from guantong.journey.reach import As
from guantong.journey.turnedaway import NONE_TURNED_AWAY
from guantong.sites.connected import COUNTED, Connected
from guantong.store import Reader

NEVER_LOST: Mapping[tuple[str, As], bool] = {}


class _Counts(Collector):
    def __init__(self, reader: Reader, sending: Mapping[str, int], sites: Connected | None,
                 lost: Mapping[tuple[str, As], bool], turned_away: Mapping[str, Mapping[str, int]],
                 put_off: Mapping[str, Mapping[str, int]]) -> None:
        self._reader = reader
        self._sending = sending
        self._sites = sites
        self._lost = lost
        self._turned_away = turned_away
        self._put_off = put_off

    def collect(self) -> Iterable[Metric]:
        deliveries = GaugeMetricFamily("guantong_deliveries", "Deliveries by target and state",
                                       labels=["system", "state"])
        for target, state, count, _ in self._reader.counts():
            deliveries.add_metric([target, state], count)
        yield deliveries
        messages = GaugeMetricFamily("guantong_messages", "Messages by source and state",
                                     labels=["system", "state"])
        for system, message_state, count in self._reader.message_counts():
            messages.add_metric([system, message_state], count)
        yield messages
        findings = GaugeMetricFamily("guantong_findings", "Open findings by kind and system",
                                     labels=["kind", "system", "ordinary"])
        for kind, system, ordinary, count in self._reader.finding_counts():
            findings.add_metric([kind, system, "true" if ordinary else "false"], count)
        yield findings
        in_hand = GaugeMetricFamily("guantong_in_hand", "Deliveries being sent right now", labels=["system"])
        for system, count in self._sending.items():
            in_hand.add_metric([system], count)
        yield in_hand
        lost = GaugeMetricFamily("guantong_system_lost", "Whether a system that was lost since the hub began is lost now",
                                 labels=["system", "as"])
        for (system, way), is_lost in self._lost.items():
            lost.add_metric([system, way], is_lost)
        yield lost
        yield _by_code("guantong_refused", "What was reported and refused since this process began, by system and code (an empty system: a request "
                       "that reached no system's door)", self._turned_away)
        yield _by_code("guantong_put_off", "How often senders were asked to come again since this process began, by system and code", self._put_off)
        tree = self._reader.tree()
        unsealed = GaugeMetricFamily("guantong_journal_unsealed", "Lines of the journal that are not sealed yet: nothing proves them so far")
        unsealed.add_metric([], self._reader.newest_line() - (tree.reached if tree is not None else 0))
        yield unsealed
        if self._sites is not None:
            yield from _of_sites(self._sites)


def _by_code(name: str, what: str, counts: Mapping[str, Mapping[str, int]]) -> CounterMetricFamily:
    found = CounterMetricFamily(name, what, labels=["system", "code"])
    for system, codes in counts.items():
        for code, times in codes.items():
            found.add_metric([system, code], times)
    return found


def _of_sites(found: Connected) -> Iterable[GaugeMetricFamily]:
    sites = GaugeMetricFamily("guantong_sites", "Open sites by county and level", labels=["county", "level"])
    reached = GaugeMetricFamily("guantong_sites_connected", "Sites where cases are handled, by county and level",
                                labels=["county", "level"])
    for county in found.counties:
        for level in COUNTED:
            labels = [county.county.code, level.value]
            sites.add_metric(labels, county.of(level).total)
            reached.add_metric(labels, len(county.of(level).connected))
    yield sites
    yield reached


def render_metrics(reader: Reader, sending: Mapping[str, int], sites: Connected | None = None,
                   lost: Mapping[tuple[str, As], bool] = NEVER_LOST,
                   turned_away: Mapping[str, Mapping[str, int]] = NONE_TURNED_AWAY,
                   put_off: Mapping[str, Mapping[str, int]] = NONE_TURNED_AWAY) -> bytes:
    """The text format of Prometheus. *sites*: who is connected, None where no sites were imported; *lost*: as `Reach.seen`; *turned_away* and
    *put_off*: as `TurnedAway` tells them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counts(reader, sending, sites, lost, turned_away, put_off))
    return generate_latest(registry)
