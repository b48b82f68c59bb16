"""Alerts and the dashboard speak of metrics that there are, and say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

from deploy.k8s.check.documents import Document, Finding, Manifests, dig, name_of, where
from deploy.k8s.check.kustomize import K8S

_ROOT = K8S.parents[1]
_METRIC_MADE = re.compile(r'(?:Histogram|Gauge|Counter|Metric)\(\s*"([a-z_]+)"')
_METRIC_READ = re.compile(r"\b([a-z]+(?:_[a-z]+)+|up)(?=[{\[)\s]|$)")
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)")
_OF_PROMETHEUS = frozenset({"up", "kube_deployment_status_replicas_unavailable", "kube_job_status_failed"})
"""Prometheus's own, and those of kube-state-metrics."""
_FUNCTIONS = frozenset({"histogram_quantile", "min_over_time", "max_over_time", "label_replace"})


@cache
def metrics() -> frozenset[str]:
    """The metrics that the code makes."""
    found: set[str] = set()
    for folder in ("shared", "services", "gateway"):
        for path in (_ROOT / folder).rglob("*.py"):
            found |= set(_METRIC_MADE.findall(path.read_text(encoding="utf-8")))
    return frozenset(found)


def read_by(expression: str) -> set[str]:
    """The metrics an expression reads, without the parts that a histogram makes."""
    bare = _GROUPED.sub(" ", re.sub(r"\{[^}]*\}", " ", _TEXTS.sub(" ", expression)))
    found = set(_METRIC_READ.findall(bare)) - _FUNCTIONS
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}


def alerts_read_metrics_that_are(all_: Manifests) -> Iterator[Finding]:
    """An alert over a metric that nobody makes is never raised, and nobody is told."""
    for one, rule in _alerts(all_):
        yield from _unknown(where(one), f"alert {rule.get('alert')}", str(rule.get("expr", "")))


def alerts_say_what_to_do(all_: Manifests) -> Iterator[Finding]:
    """A severity, a sentence, and a chapter of a page of this repository that is there."""
    for one, rule in _alerts(all_):
        notes, alert = dig(rule, "annotations"), rule.get("alert")
        if not notes.get("summary"):
            yield Finding(where(one), f"the alert {alert} has no summary")
        if dig(rule, "labels").get("severity") not in ("critical", "warning"):
            yield Finding(where(one), f"the alert {alert} has no severity critical or warning")
        page, _, chapter = str(notes.get("runbook_url", "")).partition("#")
        if not page:
            yield Finding(where(one), f"the alert {alert} has no runbook_url")
        elif chapter not in _chapters(page):
            yield Finding(where(one), f"the alert {alert} leads to {page}#{chapter}, which is not there")


def dashboards_can_be_drawn(all_: Manifests) -> Iterator[Finding]:
    """Grafana passes over a dashboard that is no JSON, and draws an empty panel for a metric that is none."""
    for one in all_.of("ConfigMap"):
        if "grafana_dashboard" not in (dig(one, "metadata").get("labels") or {}):
            continue
        for file, text in (one.get("data") or {}).items():
            try:
                board = json.loads(text)
            except ValueError:
                yield Finding(f"ConfigMap/{name_of(one)}", f"{file} is no JSON")
                continue
            for panel in board.get("panels") or []:
                for target in panel.get("targets") or []:
                    yield from _unknown(f"ConfigMap/{name_of(one)}", f"panel {panel.get('title')!r}", target["expr"])


def scalers_read_metrics_that_are(all_: Manifests) -> Iterator[Finding]:
    """A scaler over a metric that nobody makes falls back for ever."""
    for one in all_.of("ScaledObject"):
        for trigger in dig(one, "spec", "triggers"):
            yield from _unknown(where(one), "its query", str(dig(trigger, "metadata").get("query", "")))


def _alerts(all_: Manifests) -> Iterator[tuple[Document, Document]]:
    for one in all_.of("PrometheusRule"):
        for group in dig(one, "spec", "groups"):
            for rule in group.get("rules") or []:
                if "alert" in rule:
                    yield one, rule


def _unknown(place: str, who: str, expression: str) -> Iterator[Finding]:
    for name in sorted(read_by(expression) - metrics() - _OF_PROMETHEUS):
        yield Finding(place, f"{who} reads {name}, which no process tells")


@cache
def _chapters(page: str) -> frozenset[str]:
    file = _ROOT / page
    if not file.exists():
        return frozenset()
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^a-z0-9 -]", "", head.lower()).strip().replace(" ", "-") for head in heads)


RULES = (
    alerts_read_metrics_that_are,
    alerts_say_what_to_do,
    dashboards_can_be_drawn,
    scalers_read_metrics_that_are,
)
