"""By hand: makes the causes of alerts happen on real engines, and follows each through Prometheus to a real Alertmanager and its webhook.

usage: fire_alerts.py PROGRAM ENGINE_LAUNCHER [REGEX]

All times of the rules are shortened (a minute to a second or so), and nothing else of them. Printed is for each alert how long after its cause it
came to the webhook, and how long after the cure it was resolved. REGEX picks among the alerts. Needs root, since a disk is filled, and Debian's prometheus and
prometheus-alertmanager.
"""
import base64
import contextlib
import http.server
import json
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import check_monitoring

PROGRAM, LAUNCHER = sys.argv[1:3]
WANTED = sys.argv[3] if len(sys.argv) > 3 else ""
ENGINE, DAEMON, HOOK, PROMETHEUS, ALERTMANAGER, SECURE = (f"http://127.0.0.1:{port}" for port in range(19351, 19357))
SECURE = SECURE.replace("http:", "https:")
# What stands in the rules, and what for it here.
SHORT = {
    "10m": "15s", "20m": "15s", "1h": "20s", "1d": "60s", "7d": "40s", "14d": "60s", "2d": "40s", "604800": "40", "86400": "20",
    "43200": "10", "3600": "20", "900": "300",
}
seen = {}
processes = {}


def port(url):
    return url.rpartition(":")[2]


def request(method, url, body=None, user=None):
    call = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body is not None else None)
    call.add_header("Content-Type", "application/json")
    context = None
    if user:
        call.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{user}".encode()).decode())
        context = ssl._create_unverified_context()
    with urllib.request.urlopen(call, timeout=60, context=context) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def until(condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            if condition():
                return True
        time.sleep(0.1)
    return False


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in message["alerts"]:
            seen[alert["labels"]["alertname"]] = (alert["status"], time.monotonic())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def start(name, *words):
    processes[name] = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return processes[name]


def stop(name):
    process = processes.pop(name)
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(60)


def shortened(text):
    def duration(match):
        return SHORT.get(match[0], match[0])

    text = re.sub(r"^(\s+)interval: \w+$", r"\1interval: 1s", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s+)for: \w+$", r"\1for: 2s", text, flags=re.MULTILINE)
    return re.sub(r"\b(10m|20m|1h|1d|7d|14d|2d|604800|86400|43200|3600|900)\b", duration, text)


def follow(names, cause, cure, seconds=120):
    """Makes something happen, waits for its alerts, mends it, and waits until they are resolved."""
    if not any(re.search(WANTED, name) for name in names):
        return
    begin = time.monotonic()
    cause()
    fired = {}
    for name in names:
        came = until(lambda: seen.get(name, ("", 0))[0] == "firing" and seen[name][1] > begin, seconds)
        fired[name] = f"{seen[name][1] - begin:.0f} s" if came else "NOT FIRED"
    mended = time.monotonic()
    cure()
    for name in names:
        went = until(lambda: seen.get(name, ("", 0))[0] == "resolved" and seen[name][1] > begin, seconds)
        print(f"{name:40} fired after {fired[name]:10} resolved after " + (f"{seen[name][1] - mended:.0f} s" if went else "NOT RESOLVED"), flush=True)


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    start("engine", LAUNCHER, "elasticsearch-8", "--port", port(ENGINE), "--home", folder / "engine", f"path.repo={folder}/repos")
    assert until(lambda: request("GET", ENGINE))
    repositories = folder / "repos"
    full = repositories / "full"
    full.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs", full], check=True)

    def register():
        request("PUT", f"{ENGINE}/_snapshot/backups", {"type": "fs", "settings": {"location": "full"}})

    register()

    def index(name, **settings):
        request("PUT", f"{ENGINE}/optimize-{name}?wait_for_active_shards=0", {
            "aliases": {f"optimize-{name.split('_')[0]}": {}}, "settings": {"number_of_replicas": 0, **settings}})

    for name in ["timestamp-based-import-index_v5", "metadata_v3", "report_v6"]:
        index(name)
    request("PUT", f"{ENGINE}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})
    config = folder / "config.yaml"

    def configure(more="", jobs="", engine=f"urls: ['{ENGINE}'], requestTimeout: 2s"):
        config.write_text(
            f"engine: {{{engine}}}\nbackup: {{repositoryName: backups}}\nserver: {{port: {port(DAEMON)}}}\n"
            "retentionDefaults: {keepVanishedFor: 2d" + more + "}\n"
            "jobs:\n  often: {schedule: '*/10 * * * * *', overdueAfter: 8s, retention: {keepLast: 4}, retry: {attempts: 1}}\n" + jobs)

    def daemon():
        start("daemon", PROGRAM, "--config", config, "serve")
        assert until(lambda: urllib.request.urlopen(f"{DAEMON}/metrics", timeout=5))

    def hang_up():
        processes["daemon"].send_signal(signal.SIGHUP)

    configure()
    daemon()
    hook = http.server.ThreadingHTTPServer(("127.0.0.1", int(port(HOOK))), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    for path in check_monitoring.RULE_FILES:
        (folder / path.name).write_text(shortened(path.read_text()))
    (folder / "prometheus.yaml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [path.name for path in check_monitoring.RULE_FILES],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER.removeprefix("http://")]}]}]},
        "scrape_configs": [{"job_name": "optimize-backup", "static_configs": [{"targets": [DAEMON.removeprefix("http://")]}]}]}))
    (folder / "alertmanager.yaml").write_text(json.dumps({
        "route": {"receiver": "hook", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
        "receivers": [{"name": "hook", "webhook_configs": [{"url": HOOK, "send_resolved": True}]}]}))
    start(
        "alertmanager", "prometheus-alertmanager", f"--config.file={folder}/alertmanager.yaml", f"--storage.path={folder}/alertmanager",
        f"--web.listen-address=127.0.0.1:{port(ALERTMANAGER)}", "--cluster.listen-address=")
    start(
        "prometheus", "prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/series",
        f"--web.listen-address=127.0.0.1:{port(PROMETHEUS)}")
    time.sleep(75)
    print("quiet at first:", {name: what[0] for name, what in seen.items()} or "yes", flush=True)

    follow(
        ["OptimizeBackupEngineDown", "OptimizeBackupOverdue", "OptimizeBackupRepositoryUnseen"], lambda: halt(True), lambda: halt(False))
    # The engine disables a repository that has changed behind its back, until it is registered anew.
    follow(["OptimizeBackupRepositoryDown"], lambda: away(full, True), lambda: away(full, False) or register())
    ballast = full / "ballast"
    follow(
        ["OptimizeBackupFailing", "OptimizeBackupOverdue"], lambda: fill(ballast), lambda: ballast.unlink())
    follow(["OptimizeBackupIndicesVanished"], lambda: request("DELETE", f"{ENGINE}/optimize-report_v6"), lambda: index("report_v6"))
    follow(["OptimizeBackupIndicesUncovered"], lambda: request("PUT", f"{ENGINE}/optimize-odd", {}), lambda: request("DELETE", f"{ENGINE}/optimize-odd"))
    extra = [f"extra{number}_v1" for number in range(5)]

    def lose():
        for name in extra:
            index(name)
        time.sleep(55)
        request("DELETE", f"{ENGINE}/" + ",".join(f"optimize-{name}" for name in extra))

    # It ends once what is unusual has become usual.
    follow(["OptimizeBackupUnusual"], lose, lambda: None)
    blob = folder / "blob"

    def spoil():
        name = request("GET", f"{ENGINE}/_snapshot/backups/camunda_optimize_*part_2*?sort=start_time&order=desc&size=1")["snapshots"][0]["uuid"]
        shutil.move(full / f"snap-{name}.dat", blob)
        blob.with_suffix(".name").write_text(name)

    def mend():
        name = blob.with_suffix(".name").read_text()
        shutil.move(blob, full / f"snap-{name}.dat")
        subprocess.run(["chmod", "a+rw", full / f"snap-{name}.dat"])

    follow(["OptimizeBackupUnreadable"], spoil, mend)
    follow(["OptimizeBackupDown"], lambda: stop("daemon"), daemon)
    follow(
        ["OptimizeBackupReloadRefused"], lambda: config.write_text(config.read_text() + "mistake: 1\n") and hang_up(),
        lambda: configure() or hang_up())
    follow(
        ["OptimizeBackupPauseForgotten"], lambda: request("POST", f"{DAEMON}/actuator/jobs/often/pause"),
        lambda: request("POST", f"{DAEMON}/actuator/jobs/often/resume"))
    # A job of which no backup can succeed, since an index is red.
    jobs = "  never: {schedule: '5 * * * * *', overdueAfter: 1h, retry: {attempts: 1}}\n"

    def fail():
        index("alert_v4", **{"index.routing.allocation.require._name": "nobody"})
        configure(jobs=jobs)
        hang_up()

    follow(["OptimizeBackupNeverSucceeded"], fail, lambda: request("DELETE", f"{ENGINE}/optimize-alert_v4"), 240)
    stop("daemon")
    # A job that hangs: a slow repository, and an engine that makes no progress.
    random = pathlib.Path("/dev/urandom").open("rb").read(300_000).hex()
    request("PUT", f"{ENGINE}/optimize-timestamp-based-import-index_v5/_doc/1?refresh=true", {"text": [random[i:i + 10_000] for i in range(0, len(random), 10_000)]})
    request("PUT", f"{ENGINE}/_snapshot/slow", {"type": "fs", "settings": {"location": "slow", "max_snapshot_bytes_per_sec": "100kb"}})
    configure()
    config.write_text(config.read_text().replace("repositoryName: backups", "repositoryName: slow").replace("*/10 * * * * *", "0 * * * * *"))
    daemon()

    def hang():
        until(lambda: b'in_progress{backup_job="often"} 1' in urllib.request.urlopen(f"{DAEMON}/metrics").read(), 120)
        halt(True)

    follow(["OptimizeBackupStuck"], hang, lambda: halt(False), 180)
    stop("daemon")
    # Credentials that are withdrawn.
    start("secure", LAUNCHER, "opensearch-2", "--secure", "--port", port(SECURE), "--home", folder / "secure")
    assert until(lambda: request("GET", SECURE, user="admin"), 180)
    request("PUT", f"{SECURE}/_snapshot/backups", {"type": "fs", "settings": {"location": "backups"}}, user="admin")
    for name in ["timestamp-based-import-index_v5", "metadata_v3"]:
        request("PUT", f"{SECURE}/optimize-{name}", {"aliases": {f"optimize-{name.split('_')[0]}": {}}, "settings": {"number_of_replicas": 0}}, user="admin")
    request("PUT", f"{SECURE}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"}, user="admin")
    secret = folder / "password"
    secret.write_text("admin")
    configure(engine=f"urls: ['{SECURE}'], username: admin, passwordFile: '{secret}', caFile: '{folder}/secure/config/certs/ca.pem', requestTimeout: 5s")
    daemon()
    time.sleep(20)

    def give(password):
        secret.write_text(password)
        hang_up()

    follow(["OptimizeBackupEngineDown"], lambda: give("wrong"), lambda: give("admin"))
    print("at the end:", {name: what[0] for name, what in seen.items()})


def halt(stopped):
    """Stops, or lets go on, the engine's own process, which the launcher has started."""
    launcher = processes["engine"].pid
    found = subprocess.run(["pgrep", "-P", str(launcher)], capture_output=True, text=True).stdout.split()
    for pid in found + [str(launcher)]:
        subprocess.run(["kill", "-STOP" if stopped else "-CONT", pid])


def away(folder, gone):
    """Takes away all that stands in a folder, or brings it back."""
    aside = folder.with_name("aside")
    if gone:
        shutil.copytree(folder, aside)
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    else:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "a+rwX", folder])
        shutil.rmtree(aside)


def fill(path):
    with contextlib.suppress(OSError), path.open("wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()


try:
    main()
finally:
    for name in list(processes):
        stop(name)
    subprocess.run("grep -o '/tmp/[^ ]*/repos/full' /proc/mounts | xargs -r umount", shell=True)
