"""What is watched is what is told: alerts and dashboard ask for metrics that the product has."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from activities.delivery import DeliverMessages
from adapters.db.quotes.watched import WAITED_FOR, EndpointState, Watched
from adapters.telemetry import metrics
from api.v1.metrics import readings
from domain.proof.order import LATE_ORDER
from domain.quotes.notices import LATE_MAIL, MessageKind
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import OVERDUE, STUCK

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
WATCHED = Watched(
    quotes=dict.fromkeys(QuoteStatus, 3),
    unsent_email=1.5,
    undecided_command=0.0,
    overdue_expiry=0.0,
    relay_lag=2.0,
    endpoints=dict.fromkeys(EndpointState, 1),
    undelivered_webhook=0.0,
    parked_webhooks=0,
    failed_orders=0,
    pending_orders=dict.fromkeys(WAITED_FOR, 2),
    pending_order=dict.fromkeys(WAITED_FOR, 0.0),
)
NAME = re.compile(r"\b(?:firm_offer|temporal|process)_[a-z_]+\b(?!\s*=)|\bup(?=\{)")
FROM_ELSEWHERE = {
    "up": "Prometheus itself",
    "process_resident_memory_bytes": "the library, of the process",
    "process_cpu_seconds_total": "the library, of the process",
    "temporal_worker_task_slots_used": "Temporal's SDK",
    "temporal_workflow_task_schedule_to_start_latency_bucket": "Temporal's SDK",
    "temporal_activity_schedule_to_start_latency_bucket": "Temporal's SDK",
}


def told() -> set[str]:
    """Names of samples that API and worker tell, as those of one request, command and email."""
    metrics.REQUESTS.labels("GET", "/livez", "200").observe(0.01)
    metrics.COMMANDS.labels("accept", "applied").observe(0.01)
    metrics.EMAILS.labels("sent", "sent").inc()
    text = metrics.exposition(readings(WATCHED)).decode()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def asked() -> set[str]:
    """By the rules and the dashboard's panels."""
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    expressions = [rule["expr"] for rule in alerts()]
    expressions += [target["expr"] for panel in panels for target in panel["targets"]]
    return {name for expression in expressions for name in NAME.findall(expression)}


def test_alerts_and_dashboard_ask_for_what_is_told() -> None:
    """And for nothing that nobody tells; what others tell is really asked for."""
    assert asked() - told() - FROM_ELSEWHERE.keys() == set()
    assert FROM_ELSEWHERE.keys() <= asked()


def test_every_age_and_count_of_the_record_is_watched() -> None:
    """A new figure is for somebody."""
    own = {f"firm_offer_{reading.name}" for reading in readings(WATCHED)}
    assert own <= asked()


def test_every_alert_says_what_to_do_and_is_told_in_the_docs() -> None:
    """With a severity, and a test that it fires."""
    page = (MONITORING.parents[1] / "docs" / "monitoring.md").read_text()
    tested = yaml.safe_load((MONITORING / "alerts_test.yml").read_text())["tests"]
    fires = {rule["alertname"] for test in tested for rule in test["alert_rule_test"] if "exp_alerts" in rule}
    for rule in alerts():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "action"}
        assert f"`{rule['alert']}`" in page
    assert {rule["alert"] for rule in alerts()} == fires


def test_alerts_and_doctor_call_the_same_late() -> None:
    """By the domain's own spans of time."""
    late = {
        "FirmOfferCommandsUndecided": STUCK,
        "FirmOfferExpiryOverdue": OVERDUE,
        "FirmOfferEmailsLate": LATE_MAIL,
        "FirmOfferOrdersLate": LATE_ORDER,
    }
    found = {rule["alert"]: rule["expr"].rpartition(" > ")[2] for rule in alerts() if rule["alert"] in late}
    assert found == {alert: f"{span.total_seconds():.0f}" for alert, span in late.items()}


def test_a_figure_turns_red_where_its_alert_begins() -> None:
    """One that has an alert has a bound, of its own and not the dashboard's program's; one that has none has none."""
    bounds = {rule["expr"] for rule in alerts()}
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    figures = [panel for panel in panels if panel["type"] == "stat"]
    assert figures
    for panel in figures:
        shown = panel["fieldConfig"]["defaults"]
        [target] = panel["targets"]
        red = [step["value"] for step in shown["thresholds"]["steps"] if step["color"] == "red"]
        asked = {f"{target['expr']} > {bound if shown['unit'] == 's' else bound - 1}" for bound in red}
        assert asked == {bound for bound in bounds if bound.startswith(f"{target['expr']} > ")}, panel[
            "title"
        ]


def test_the_first_email_that_fails_is_counted_from_none() -> None:
    """A counter that appears with its first failure has not grown, for Prometheus."""
    metrics.EMAILS.clear()
    nothing = cast("Any", None)
    DeliverMessages(nothing, nothing, nothing, nothing, public_url="")
    told = [sample for metric in metrics.EMAILS.collect() for sample in metric.samples]
    failed = {
        s.labels["kind"]: s.value
        for s in told
        if s.name.endswith("_total") and s.labels["outcome"] == "failed"
    }
    assert failed == dict.fromkeys(MessageKind, 0.0)


def test_each_alert_fires_when_its_fault_is_there_and_not_before() -> None:
    """By Prometheus' own tool, where it is installed."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool, which comes with Prometheus, is not installed")
    done = subprocess.run(
        [promtool, "test", "rules", "alerts_test.yml"],
        cwd=MONITORING,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_record_that_is_away_is_told_as_such() -> None:
    """And its old figures are not told as if they were new."""
    text = metrics.exposition(readings(None)).decode()
    assert "firm_offer_record_up 0.0" in text
    assert "firm_offer_quotes" not in text
