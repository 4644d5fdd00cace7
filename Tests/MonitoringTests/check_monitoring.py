#!/usr/bin/env python3
"""Holds monitoring/ to the metrics that there are, to its tests and to its page.

    Tests/MonitoringTests/check_monitoring.py                  the rules, their tests, the dashboard and docs/monitoring.md
    Tests/MonitoringTests/check_monitoring.py --scrape FILE    also lets a Prometheus scrape FILE, in the text format, and evaluates each
                                                               query of the dashboard and each rule; lists those without data

Needs promtool, and prometheus for --scrape (Debian's package prometheus), and PyYAML (python3-yaml). Ends with 1 if anything is wrong.
"""

import argparse
import concurrent.futures
import contextlib
import http.server
import importlib.util
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

try:
    import yaml
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, for another Python than Debian's
    import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "monitoring"
RULE_FILES = [MONITORING / "alerts.yaml", MONITORING / "recording.yaml"]
TEST_FILES = sorted((MONITORING / "tests").glob("*.yaml"))

problems = []


def complain(text):
    problems.append(text)


def read_yaml(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(kind):
    """All rules of a kind, alert or record, in their order."""
    groups = [group for path in RULE_FILES for group in read_yaml(path)["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))


def queries():
    """Of the dashboard: where each stands, its expression, and whether it is asked for one moment."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield f"the panel '{panel['title']}' ({panel['id']})", target["expr"], target["instant"]


def substituted(expr):
    """A query with the dashboard's variables in it, everything chosen."""
    for variable, value in {"$__rate_interval": "1m", "$instance": ".+", "$backup_job": ".*"}.items():
        expr = expr.replace(variable, value)
    return expr


# Metrics


def documented():
    """The names that queries may use, by the page of metrics, each with its labels."""
    names = {}
    for line in (ROOT / "docs/metrics.md").read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| `(\w+)` \| (\w+) \|[^|]*\|([^|]*)\|.*\|", line)
        if not row:
            continue
        name, kind, labels = row[1], row[2], set(re.findall(r"`(\w+)`", row[3])) | {"job", "instance"}
        if kind == "histogram":
            names |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            names[name] = labels
    return names


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\d[\w.]*|[A-Za-z_:][\w:]*|\S')
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "offset", "bool", "inf", "nan"}


def used(expr):
    """Each metric of an expression with the labels that it is selected by; the labels of groupings with an empty name."""
    tokens = TOKEN.findall(expr) + [""]
    found, place = [], 0

    def labels_until(end):
        nonlocal place
        names = []
        while tokens[place] != end:
            if re.match(r"[A-Za-z_]", tokens[place]):
                names.append(tokens[place])
            place += 1
        return names

    while place < len(tokens) - 1:
        token, following = tokens[place], tokens[place + 1]
        if token in GROUPING and following == "(":
            found.append(("", labels_until(")")[1:]))
        elif re.match(r"[A-Za-z_:]", token) and token.lower() not in WORDS and following not in {"(", "by", "without"}:
            place += 1
            found.append((token, labels_until("}") if following == "{" else []))
            continue
        place += 1
    return found


def check_metrics():
    names = documented()
    recorded = {rule["record"] for rule in rules("record")}
    all_labels = set().union(*names.values())
    places = [(f"the alert {rule['alert']}", rule["expr"]) for rule in rules("alert")]
    places += [(f"the rule {rule['record']}", rule["expr"]) for rule in rules("record")]
    places += [(place, expr) for place, expr, _ in queries()]
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            places.append((f"the variable {variable['name']}", re.sub(r"^label_values\((.*), \w+\)$", r"\1", variable["definition"])))
    for place, expr in places:
        for name, labels in used(expr):
            if name and name not in names.keys() | recorded | {"up", "ALERTS"}:
                complain(f"{place}: docs/metrics.md has no {name}")
            allowed = names.get(name, all_labels | {"alertname", "alertstate", "severity"})
            for label in set(labels) - allowed:
                complain(f"{place}: {name or 'nothing'} has no label {label}")
    return len(places)


# Alerts


def check_alerts():
    """That each fires in a test, and is cleared later in the same; and that each has its chapter, and each chapter its alert."""
    fired, cleared = set(), set()
    for path in TEST_FILES:
        for test in read_yaml(path)["tests"]:
            cases = test.get("alert_rule_test", [])
            for name in {case["alertname"] for case in cases}:
                times = {True: [], False: []}
                for case in cases:
                    if case["alertname"] == name:
                        times[bool(case["exp_alerts"])].append(seconds(case["eval_time"]))
                if times[True]:
                    fired.add(name)
                    if any(quiet > min(times[True]) for quiet in times[False]):
                        cleared.add(name)
    page = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    chapters = re.findall(r"^### (OptimizeBackup\w+)$", page, re.MULTILINE)
    named = dict(re.findall(r"^\| \[(OptimizeBackup\w+)\]\(#\w+\) \| (\w+) \|", page, re.MULTILINE))
    alerts = {rule["alert"]: rule for rule in rules("alert")}
    for name, rule in alerts.items():
        if name not in fired:
            complain(f"{name}: no test in which it fires")
        if name not in cleared:
            complain(f"{name}: no test in which it fires and is cleared later")
        if name not in chapters:
            complain(f"{name}: docs/monitoring.md has no chapter of it")
        if named.get(name) != rule["labels"]["severity"]:
            complain(f"{name}: the table of docs/monitoring.md has it as {named.get(name)}")
        if rule["labels"]["severity"] not in {"critical", "warning"}:
            complain(f"{name}: the severity {rule['labels']['severity']}")
        if set(rule["annotations"]) != {"summary", "description", "runbook"}:
            complain(f"{name}: the annotations are {', '.join(rule['annotations'])}")
        if rule["annotations"].get("runbook") != f"docs/monitoring.md#{name.lower()}":
            complain(f"{name}: its runbook is not its chapter")
    for name in sorted((set(chapters) | named.keys()) - alerts.keys()):
        complain(f"{name}: docs/monitoring.md tells of it, and there is no such alert")
    for name in sorted({name for name in chapters if chapters.count(name) > 1}):
        complain(f"{name}: docs/monitoring.md has two chapters of it")
    return len(alerts)


def seconds(duration):
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([smhd])", str(duration)))


# The dashboard


def check_dashboard():
    specification = importlib.util.spec_from_file_location("dashboard", MONITORING / "dashboard.py")
    module = importlib.util.module_from_spec(specification)
    sys.dont_write_bytecode = True
    specification.loader.exec_module(module)
    if module.text() != (MONITORING / "dashboard.json").read_text(encoding="utf-8"):
        complain("monitoring/dashboard.json is stale: run python3 monitoring/dashboard.py")
    taken = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if cells & taken or place["x"] + place["w"] > 24:
            complain(f"the panel '{panel['title']}' lies where another does, or beside the page")
        taken |= cells
        if panel["type"] != "row" and not panel["description"]:
            complain(f"the panel '{panel['title']}' has no description")
    for path in unknown_to_grafana(dashboard()):
        complain(f"Grafana's own types have no {path} in a dashboard, or another value there")


def unknown_to_grafana(written):
    """Paths of what is not the same once it went through Grafana's own types."""
    sys.path.append(str(ROOT / ".build/python"))
    from grafana_foundation_sdk.cog import encoder, plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    plugins.register_default_plugins()

    def walk(written, understood, path):
        if isinstance(written, dict) and isinstance(understood, dict):
            for key, value in written.items():
                # What Grafana shows in its list of variables is in none of its types.
                if key != "definition" and value not in (None, "", [], {}):
                    yield from walk(value, understood.get(key), f"{path}/{key}")
        elif isinstance(written, list) and isinstance(understood, list) and len(written) == len(understood):
            for number, (value, other) in enumerate(zip(written, understood)):
                yield from walk(value, other, f"{path}/{number}")
        elif written != understood:
            yield path

    understood = json.loads(encoder.JSONEncoder().encode(Dashboard.from_json(written)))
    return list(walk(written, understood, ""))


# Prometheus' own tools


def check_with_promtool():
    commands = [["check", "rules", *RULE_FILES], ["check", "config", MONITORING / "prometheus.yaml"]]
    commands += [["test", "rules", path] for path in sorted(TEST_FILES, key=lambda path: -path.stat().st_size)]
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        for command, ended in zip(commands, two.map(promtool, commands)):
            if ended.returncode:
                complain(f"promtool {command[0]} {command[1]}:\n{ended.stdout}{ended.stderr}".rstrip())


def promtool(arguments):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)


# A real Prometheus


class Exposition(http.server.BaseHTTPRequestHandler):
    text = b""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text)

    def log_message(self, *_):
        pass


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextlib.contextmanager
def scraping(path):
    """A Prometheus with the rules, to which a file is what the daemon tells; it gives a function that asks it."""
    Exposition.text = path.read_bytes()
    with tempfile.TemporaryDirectory() as folder, http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exposition) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        configuration = read_yaml(MONITORING / "prometheus.yaml")
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{server.server_port}"]
        pathlib.Path(folder, "prometheus.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
        for file in RULE_FILES:
            often = re.sub(r"^    interval: \w+$", "    interval: 1s", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            pathlib.Path(folder, file.name).write_text(often, encoding="utf-8")
        port = free_port()
        with open(pathlib.Path(folder, "log"), "w+", encoding="utf-8") as log:
            prometheus = subprocess.Popen(
                [
                    "prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/series",
                    f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
                ],
                stdout=log, stderr=log, env=os.environ | {"GOMAXPROCS": "1"})

            def ask(call, **parameters):
                try:
                    with urllib.request.urlopen(
                        f"http://127.0.0.1:{port}/api/v1/{call}?{urllib.parse.urlencode(parameters)}", timeout=30
                    ) as answer:
                        return json.load(answer)["data"]
                except urllib.error.HTTPError as error:
                    raise ValueError(json.load(error).get("error")) from None

            try:
                wait_for_scrapes(prometheus, ask, log)
                yield ask
            finally:
                prometheus.terminate()
                try:
                    prometheus.wait(20)
                except subprocess.TimeoutExpired:
                    prometheus.kill()
                    prometheus.wait()
                server.shutdown()


def wait_for_scrapes(prometheus, ask, log):
    for _ in range(120):
        if prometheus.poll() is not None:
            break
        with contextlib.suppress(OSError, ValueError):
            scraped = ask("query", query='count_over_time(up{job="optimize-backup"}[1m]) >= 8')["result"]
            if scraped and all(rule["health"] != "unknown" for rule in evaluated(ask)):
                return
        time.sleep(0.5)
    log.seek(0)
    raise SystemExit(f"prometheus has not scraped:\n{log.read()}")


def evaluated(ask):
    return [rule for group in ask("rules")["groups"] for rule in group["rules"]]


def check_with_prometheus(path):
    empty = []
    with scraping(path) as ask:
        if not ask("query", query='up{job="optimize-backup"} == 1')["result"]:
            complain(f"prometheus takes no metrics out of {path}")
        for rule in evaluated(ask):
            if rule["health"] != "ok":
                complain(f"the rule {rule['name']}: {rule.get('lastError')}")
        for name in (rule["record"] for rule in rules("record")):
            if not ask("query", query=name)["result"]:
                empty.append(f"the rule {name}")
        now = time.time()
        for place, expr, is_instant in queries():
            expr = substituted(expr)
            try:
                if is_instant:
                    answer = ask("query", query=expr, time=now)
                else:
                    answer = ask("query_range", query=expr, start=now - 5, end=now, step=1)
            except ValueError as error:
                complain(f"{place}: {expr}: {error}")
                continue
            if not answer["result"]:
                empty.append(f"{place}: {expr}")
    return empty


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--scrape", type=pathlib.Path, metavar="FILE")
    scrape = arguments.parse_args().scrape
    for tool in ["promtool"] + (["prometheus"] if scrape else []):
        if not shutil.which(tool):
            raise SystemExit(f"check_monitoring: there is no {tool}: apt-get install prometheus")
    alerts, expressions = check_alerts(), check_metrics()
    check_dashboard()
    check_with_promtool()
    if scrape:
        for place in check_with_prometheus(scrape):
            print(f"no data: {place}")
    for problem in problems:
        print(f"check_monitoring: {problem}", file=sys.stderr)
    print(f"{alerts} alerts, {len(TEST_FILES)} files of tests, {expressions} expressions: {len(problems) or 'no'} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
