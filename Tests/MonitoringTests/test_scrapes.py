"""A real Prometheus scrapes the daemon beside a real engine for a minute, in both formats, with the rules and the dashboard's queries.

usage: test_scrapes.py PROGRAM ENGINE_LAUNCHER

Prometheus asks for OpenMetrics; a proxy of our own takes that out of the second target's Accept.
"""
import http.server
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

import check_monitoring

PROGRAM, LAUNCHER = sys.argv[1:3]
ENGINE, DAEMON, PROXY, PROMETHEUS = (f"http://127.0.0.1:{port}" for port in (19331, 19332, 19333, 19334))
SECONDS = 60
# Panels of what has not happened, or not at this very moment.
EMPTY_ON_A_GOOD_DAY = ["'Jobs'", "'Last restore'", "'Requests that failed'", "verification", "'Verifications"]


def port(url):
    return int(url.rpartition(":")[2])


def request(method, url, body=None):
    call = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body is not None else None)
    call.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(call, timeout=30) as answer:
        return json.load(answer)


def until(condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    raise AssertionError("what was waited for did not happen")


class PlainText(http.server.BaseHTTPRequestHandler):
    """Hands a scrape on as one that knows the text format alone."""

    def do_GET(self):
        call = urllib.request.Request(DAEMON + self.path, headers={"Accept": "text/plain;version=0.0.4"})
        with urllib.request.urlopen(call, timeout=30) as answer:
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def query(expression):
    return request("GET", f"{PROMETHEUS}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))["data"]["result"]


def values(expression):
    return sorted(float(each["value"][1]) for each in query(expression))


class Scrapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        folder = pathlib.Path(cls.folder.name)
        cls.start(LAUNCHER, "elasticsearch-8", "--port", str(port(ENGINE)), "--home", folder / "engine")
        until(lambda: request("GET", ENGINE))
        request("PUT", f"{ENGINE}/_snapshot/backups", {"type": "fs", "settings": {"location": "backups"}})
        for index in ["timestamp-based-import-index_v5", "metadata_v3"]:
            request("PUT", f"{ENGINE}/optimize-{index}", {
                "aliases": {f"optimize-{index.split('_')[0]}": {}}, "settings": {"number_of_replicas": 0}})
        request("PUT", f"{ENGINE}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})
        config = folder / "config.yaml"
        config.write_text(
            f"engine: {{urls: ['{ENGINE}']}}\nbackup: {{repositoryName: backups}}\nserver: {{port: {port(DAEMON)}}}\njobs:\n"
            "  often: {schedule: '*/10 * * * * *', retention: {keepLast: 5}}\n"
            "  daily: {schedule: '0 2 * * *', timeZone: Europe/Berlin}\n")
        daemon = cls.start(PROGRAM, "--config", config, "serve")
        until(lambda: request("GET", f"{DAEMON}/actuator/health"))
        # So that there is something to be seen of a pause, and of a reload.
        urllib.request.urlopen(urllib.request.Request(f"{DAEMON}/actuator/jobs/daily/pause", method="POST"))
        daemon.send_signal(signal.SIGHUP)
        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", port(PROXY)), PlainText)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        cls.addClassCleanup(proxy.server_close)
        cls.addClassCleanup(proxy.shutdown)
        for path in check_monitoring.RULE_FILES:
            often = re.sub(r"^    interval: \w+$", "    interval: 2s", path.read_text(), flags=re.MULTILINE)
            (folder / path.name).write_text(often)
        rules = [path.name for path in check_monitoring.RULE_FILES]
        (folder / "prometheus.yaml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "2s"}, "rule_files": rules,
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [url.removeprefix("http://")]}]}
                for name, url in [("optimize-backup", DAEMON), ("text", PROXY)]]}))
        cls.log = folder / "prometheus.log"
        with cls.log.open("w") as log:
            cls.start(
                "prometheus", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port(PROMETHEUS)}", stderr=log)
        until(lambda: len(values("up")) == 2)
        time.sleep(SECONDS)

    @classmethod
    def start(cls, *words, stderr=subprocess.DEVNULL):
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=stderr)

        def stop():
            process.terminate()
            process.wait(30)

        cls.addClassCleanup(stop)
        return process

    def test_every_scrape_is_taken(self):
        self.assertEqual(values(f"min_over_time(up[{SECONDS - 5}s])"), [1, 1])
        self.assertTrue(all(count > SECONDS * 0.8 for count in values(f"count_over_time(up[{SECONDS}s])")))
        targets = request("GET", f"{PROMETHEUS}/api/v1/targets")["data"]["activeTargets"]
        self.assertEqual([target["lastError"] for target in targets], ["", ""])
        text, openmetrics = values("scrape_samples_scraped")
        self.assertEqual(text, openmetrics)
        self.assertEqual(values('max by (job) (optimize_backup_engine_up)'), [1, 1])
        # Nothing of a scrape was left out, as Prometheus does with what comes twice or out of order.
        wrong = [line for line in self.log.read_text().splitlines() if "level=warn" in line or "level=error" in line]
        self.assertEqual(wrong, [])

    def test_what_happens_is_seen(self):
        taken = values(f'increase(optimize_backup_runs_total{{backup_job="often",outcome="success"}}[{SECONDS}s])')
        self.assertTrue(len(taken) == 2 and all(4 <= count <= 8 for count in taken), taken)
        self.assertEqual(values('optimize_backup_runs_total{outcome!="success"} > 0'), [])
        self.assertEqual(len(query('optimize_backup_last_success_timestamp_seconds{backup_job="daily"}')), 0)

    def test_rules_are_evaluated_and_stay_quiet(self):
        groups = request("GET", f"{PROMETHEUS}/api/v1/rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        self.assertGreater(len(rules), 15)
        self.assertEqual({(rule["name"], rule["health"]) for rule in rules if rule["health"] == "err"}, set())
        self.assertEqual([each["metric"] for each in query('ALERTS{alertstate="firing",job="optimize-backup"}')], [])

    def test_the_dashboard_shows_something(self):
        empty = {place for place, expression, _ in check_monitoring.queries() if not query(check_monitoring.substituted(expression))}
        self.assertEqual(sorted(place for place in empty if not any(words in place for words in EMPTY_ON_A_GOOD_DAY)), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
