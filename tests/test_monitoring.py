"""Hold deploy/monitoring to the house: its table, rules and dashboards name what is served, and each alert is tried."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.metric_families import FAMILIES, Family
from tests.alerting import CASES, as_promtool

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "monitoring"
ALERTS = FOLDER / "alerts.yml"
DASHBOARDS = sorted((FOLDER / "grafana" / "dashboards").glob("*.json"))
OF_PROMETHEUS = {"up", "ALERTS"}
OF_EVERY_PROCESS = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
}
NO_NAMES = {  # of PromQL: what stands between names of metrics
    "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset",
    "sum", "min", "max", "avg", "count", "topk", "rate", "increase", "delta", "absent", "vector", "predict_linear",
    "histogram_quantile", "max_over_time",
}  # fmt: skip
WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")


def rules() -> list[dict[str, object]]:
    """Return every alert."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels(path: Path) -> list[dict[str, object]]:
    """Return the panels of a dashboard that show something."""
    board = json.loads(path.read_text(encoding="utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Yield where each query stands, and the query."""
    for rule in rules():
        yield str(rule["alert"]), str(rule["expr"])
    for path in DASHBOARDS:
        for panel in panels(path):
            for target in panel["targets"]:  # type: ignore[attr-defined]  # JSON
                yield f"{path.stem}: {panel['title']}", target["expr"]


def names(query: str) -> set[str]:
    """Return the metrics that a query asks for."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", " ", query)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    return set(WORD.findall(re.sub(r"\b\d[\w.]*", " ", bare))) - NO_NAMES


def served() -> dict[str, Family]:
    """Return the house's metrics by every name that a sample of them has."""
    found: dict[str, Family] = {}
    for family in FAMILIES:
        ends = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
        found |= {family.full_name + end: family for end in ends}
    return found


def foreign() -> set[str]:
    """Return every other name that is asked for."""
    return {one for _, query in expressions() for one in names(query)} - set(served())


def test_the_table_names_every_metric() -> None:
    """Kind, labels and meaning stand in the table for IT as they are served."""
    rows = re.findall(r"^\| `(intramuros_\w+)` \| (\w+) \| (.*?) \| (.*) \|$", readme(), re.MULTILINE)
    wanted = [
        (one.full_name, one.kind, ", ".join(f"`{label}`" for label in one.labels) or "–", one.meaning)
        for one in FAMILIES
    ]
    assert rows == wanted


def readme() -> str:
    """Return the page about watching."""
    return (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("place", "query"), list(expressions()), ids=lambda value: str(value)[:40])
def test_queries_name_what_is_served(place: str, query: str) -> None:
    """A rule over a name that does not exist never fires, and a panel of it stays empty: nobody would notice."""
    asked = names(query)
    assert asked, place
    ours = {one for one in asked if one.startswith("intramuros_")}
    assert ours <= set(served())
    others = asked - ours
    assert {one for one in others if not one.startswith("vllm:")} <= OF_PROMETHEUS | OF_EVERY_PROCESS
    for name, matchers in re.findall(r"(intramuros_\w+)\{([^}]*)\}", query):
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        assert labels <= set(served()[name].labels) | {"job", "instance"}


def test_vllm_serves_the_names_that_are_asked_for() -> None:
    """Names of vLLM are those of the installed one's source; counters get their `_total` from its library."""
    found = list((ROOT / ".venv-vllm").glob("lib/python3*/site-packages/vllm/v1/metrics/loggers.py"))
    if not found:
        pytest.skip("vLLM is not installed")
    source = found[0].read_text(encoding="utf-8")
    wanted = {re.sub(r"_bucket$", "", name) for name in foreign() if name.startswith("vllm:")}
    assert wanted
    assert [name for name in wanted if f'name="{name}"' not in source] == []


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_alerts_are_counted_as_they_are(page: str) -> None:
    """Who reads how many there are finds as many."""
    told = re.findall(r"(\d+) alerts", (ROOT / page).read_text(encoding="utf-8"))
    assert told == [str(len(rules()))]


def test_every_alert_says_what_to_do() -> None:
    """Who is woken reads what people notice and what to do first; there is no alert without both."""
    for rule in rules():
        told, labels = rule["annotations"], rule["labels"]
        assert isinstance(told, dict)
        assert isinstance(labels, dict)
        assert labels["severity"] in {"critical", "warning"}, rule
        assert len(told["summary"]) > 20
        assert len(told["runbook"]) > 20
        assert "for" in rule or rule["alert"] == "AuditNotWritable"


def test_every_alert_is_tried() -> None:
    """Each is shown firing in some case; and names in the cases are those of alerts."""
    fired = {name for case in CASES for firing in case.fires.values() for name in firing}
    assert fired == {rule["alert"] for rule in rules()}


def test_series_of_the_cases_are_served() -> None:
    """A case about a series that nobody serves would prove nothing."""
    known = set(served()) | OF_PROMETHEUS | OF_EVERY_PROCESS
    series = {name.partition("{")[0] for case in CASES for name in case.changed}
    assert {name for name in series if not name.startswith("vllm:")} <= known


@needs_promtool
def test_promtool_takes_configuration_and_rules() -> None:
    """Prometheus itself reads both, so that it starts."""
    run("check", "config", "--syntax-only", str(FOLDER / "prometheus.yml"))
    assert f"{len(rules())} rules found" in run("check", "rules", str(ALERTS))


@needs_promtool
@pytest.mark.timeout(900)
def test_alerts_fire_when_they_should_and_no_other(tmp_path: Path) -> None:
    """In each case exactly the alerts fire that it names, at the times it names."""
    cases = tmp_path / "cases.yml"
    cases.write_text(yaml.safe_dump(as_promtool(CASES, str(ALERTS))), encoding="utf-8")
    assert "SUCCESS" in run("test", "rules", str(cases))


@needs_promtool
def test_an_alert_that_does_not_fire_is_found(tmp_path: Path) -> None:
    """The trial itself is no formality: with one rule's threshold out of reach, it fails."""
    blunt = tmp_path / "alerts.yml"
    blunt.write_text(ALERTS.read_text(encoding="utf-8").replace("model_state == 0", "model_state == 9"))
    cases = tmp_path / "cases.yml"
    down = [case for case in CASES if "ModelDown" in str(case.fires)]
    cases.write_text(yaml.safe_dump(as_promtool(down, str(blunt))), encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        run("test", "rules", str(cases))


@needs_promtool
def test_queries_of_the_dashboards_are_promql(tmp_path: Path) -> None:
    """As rules, Prometheus takes every query that a panel sends."""
    queries = [query for place, query in expressions() if ":" in place]
    recorded = [
        {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "1m")}
        for number, query in enumerate(queries)
    ]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}), encoding="utf-8")
    assert f"{len(queries)} rules found" in run("check", "rules", str(path))


def test_dashboards_are_provisioned() -> None:
    """Each has an id of its own, asks the provisioned source alone, and draws nothing over another panel."""
    source = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text())
    (uid,) = (one["uid"] for one in source["datasources"])
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS]
    assert len({board["uid"] for board in boards}) == len(boards) == 3
    for board in boards:
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
            }
            assert at["x"] + at["w"] <= 24
            assert not cells & taken, panel["title"]
            taken |= cells
            assert panel["type"] == "row" or panel["datasource"]["uid"] == uid
            assert panel["type"] == "row" or panel["description"]


def test_nothing_in_the_files_leads_out() -> None:
    """No address beyond the services of the compose file: neither a data source nor a link, picture or plug-in."""
    for path in FOLDER.rglob("*"):
        if path.is_file():
            hosts = re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8"))
            assert set(hosts) <= {"prometheus"}, path


def run(*arguments: str) -> str:
    """Return what promtool says. Raises CalledProcessError where it refuses."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, arguments, done.stdout + done.stderr)
    return done.stdout + done.stderr
