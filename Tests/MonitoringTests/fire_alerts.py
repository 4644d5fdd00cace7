"""By hand: makes the causes of alerts happen on real engines, and follows each through Prometheus to a real Alertmanager and its webhook.

usage: fire_alerts.py PROGRAM ENGINE_LAUNCHER [REGEX]

All times of the rules are shortened (a minute to a second or so), and nothing else of them. Printed is for each alert how long after its cause it
came to the webhook, and how long after the cure it was resolved. REGEX picks among the alerts. Needs root, since a disk is filled, and Debian's prometheus and
prometheus-alertmanager. Takes about half an hour.
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
ENGINE, DAEMON, HOOK, PROMETHEUS, ALERTMANAGER, SECURE, OTHER, OTHER_DAEMON = (f"http://127.0.0.1:{port}" for port in range(19351, 19359))
SECURE = SECURE.replace("http:", "https:")
FOLDER = pathlib.Path(tempfile.mkdtemp())
CONFIG = FOLDER / "config.yaml"
# A file system of its own, for one of the repositories.
FULL = FOLDER / "repos/full"
# What stands in the rules, and what for it here.
SHORT = {
    "10m": "15s", "20m": "15s", "1h": "20s", "1d": "60s", "7d": "40s", "14d": "60s", "2d": "40s", "604800": "40", "35 * 86400": "45", "86400": "20",
    "43200": "10", "3600": "20", "900": "90",
}
seen = {}
processes = {}


def main():
    scenes = [on_a_full_storage, while_drilling, while_restoring, while_a_backup_hangs, while_a_look_hangs, with_users, with_another_cluster]
    start("engine", LAUNCHER, "elasticsearch-8", "--port", port(ENGINE), "--home", FOLDER / "engine", f"path.repo={FOLDER}/repos")
    assert until(lambda: request("GET", ENGINE))
    FULL.mkdir(parents=True)
    mount("size=3m,mode=777")
    register("backups", "full")
    for name in ["timestamp-based-import-index_v5", "metadata_v3", "report_v6"]:
        index(name)
    request("PUT", f"{ENGINE}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})
    configure()
    daemon()
    observe()
    time.sleep(75)
    print("quiet at first:", {name: what[0] for name, what in seen.items()} or "yes", flush=True)
    for scene in scenes:
        # Each begins with a good repository, with a job that succeeds, and with a daemon.
        scene()
    print("at the end:", {name: what[0] for name, what in seen.items()})


def on_a_full_storage():
    follow(["EngineDown", "Overdue", "RepositoryUnseen"], lambda: halt(True), lambda: halt(False))
    # The engine disables a repository that has changed behind its back, until it is registered anew.
    follow(["RepositoryDown"], lambda: away(FULL, True), lambda: away(FULL, False) or register("backups", "full"))
    ballast = FULL / "ballast"
    follow(["Failing", "Overdue"], lambda: fill(ballast), lambda: ballast.unlink())

    def close():
        # There is something to remove now.
        mount("remount,ro")
        reload(keep=1, defaults=", schedule: '*/15 * * * * *'")

    follow(["RepositoryUnwritable", "RetentionFailing"], close, lambda: mount("remount,rw") or reload())
    follow(["RetentionOnlyReports"], lambda: reload(defaults=", mode: report"), reload, 240)
    # What was only reported meanwhile is more than goes unasked.
    follow(["RetentionFailing"], lambda: None, lambda: run("prune", "--yes"))
    run("prune", "--yes")
    follow(["IndicesVanished"], lambda: request("DELETE", f"{ENGINE}/optimize-report_v6"), lambda: index("report_v6"))
    follow(["IndicesUncovered"], lambda: request("PUT", f"{ENGINE}/optimize-odd", {}), lambda: request("DELETE", f"{ENGINE}/optimize-odd"))
    extra = [f"extra{number}_v1" for number in range(5)]

    def lose():
        for name in extra:
            index(name)
        time.sleep(55)
        request("DELETE", f"{ENGINE}/" + ",".join(f"optimize-{name}" for name in extra))

    # It ends once what is unusual has become usual.
    follow(["Unusual"], lose, lambda: None)
    follow(["Unreadable"], lambda: spoil(FULL / f"snap-{newest('uuid')}.dat"), mend)
    follow(["Down"], lambda: stop("daemon"), daemon)
    follow(["ReloadRefused"], lambda: reload(more="mistake: 1\n"), reload)
    follow(
        ["PauseForgotten"], lambda: request("POST", f"{DAEMON}/actuator/jobs/often/pause"),
        lambda: request("POST", f"{DAEMON}/actuator/jobs/often/resume"))
    # As few descriptors as are open anyway; then requests while the daemon gets hardly any time.
    follow(["Strained"], lambda: limit_descriptors(1.2), lambda: limit_descriptors(100))
    follow(["Strained"], starve, lambda: None, 240)

    # A job of which no backup can succeed, since an index is red.
    def fail():
        index("alert_v4", **{"index.routing.allocation.require._name": "nobody"})
        reload(more="  never: {schedule: '5 * * * * *', overdueAfter: 1h, retry: {attempts: 1}}\n")

    follow(["NeverSucceeded"], fail, lambda: request("DELETE", f"{ENGINE}/optimize-alert_v4"), 240)
    reload()


def while_drilling():
    job = ", verify: {schedule: '*/10 * * * * *', drill: true}"
    # The engine for drills lacks the repository.
    nowhere = f"verify: {{engine: {{urls: ['{ENGINE}']}}, repositoryName: nowhere}}\n"
    # None that could begin, then none that could any more.
    for _ in range(2):
        follow(["VerificationStale"], lambda: restart(job=job, before=nowhere), lambda: restart(job=job))
    reload(job=job)
    follow(["VerificationFailed"], lambda: spoil(*data()), mend)
    reload()


def while_restoring():
    def restore():
        name = newest("snapshot").split("_")[2]
        run("restore", name, "--replace-existing", "--no-safety-backup", "--optimize-stopped", "--yes")

    request("POST", f"{DAEMON}/actuator/jobs/often/pause")
    time.sleep(10)
    follow(["RestoreFailed", "RestoreUnfinished"], lambda: spoil(*data()) or restore(), lambda: mend() or restore())
    request("POST", f"{DAEMON}/actuator/jobs/often/resume")


def while_a_backup_hangs():
    """A slow repository, and an engine that makes no progress."""
    random = pathlib.Path("/dev/urandom").open("rb").read(300_000).hex()
    document = {"text": [random[i:i + 10_000] for i in range(0, len(random), 10_000)]}
    request("PUT", f"{ENGINE}/optimize-timestamp-based-import-index_v5/_doc/1?refresh=true", document)
    register("slow", "slow", max_snapshot_bytes_per_sec="100kb")

    def hang():
        until(lambda: b'in_progress{backup_job="often"} 1' in urllib.request.urlopen(f"{DAEMON}/metrics").read(), 120)
        halt(True)

    with restarted(repository="slow", schedule="0 * * * * *"):
        follow(["Stuck"], hang, lambda: halt(False), 180)


def while_a_look_hangs():
    """An engine that answers nothing, and a daemon that waits for it."""
    with restarted(engine=f"urls: ['{ENGINE}'], requestTimeout: 10m"):
        time.sleep(20)
        follow(["LookStale"], lambda: halt(True), lambda: halt(False), 240)


def with_users():
    """Credentials that are withdrawn."""
    start("secure", LAUNCHER, "opensearch-2", "--secure", "--port", port(SECURE), "--home", FOLDER / "secure")
    assert until(lambda: request("GET", SECURE, user="admin"), 180)
    request("PUT", f"{SECURE}/_snapshot/backups", {"type": "fs", "settings": {"location": "backups"}}, user="admin")
    for name in ["timestamp-based-import-index_v5", "metadata_v3"]:
        index(name, engine=SECURE, user="admin")
    request("PUT", f"{SECURE}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"}, user="admin")
    secret = FOLDER / "password"
    secret.write_text("admin")
    ca = FOLDER / "secure/config/certs/ca.pem"

    def give(password):
        secret.write_text(password)
        hang_up()

    with restarted(engine=f"urls: ['{SECURE}'], username: admin, passwordFile: '{secret}', caFile: '{ca}', requestTimeout: 5s"):
        time.sleep(20)
        follow(["EngineDown"], lambda: give("wrong"), lambda: give("admin"))
    stop("secure")


def with_another_cluster():
    """Two clusters, each with a daemon of its own, that write one repository."""
    start("other", LAUNCHER, "elasticsearch-8", "--port", port(OTHER), "--home", FOLDER / "other", f"path.repo={FOLDER}/repos")
    assert until(lambda: request("GET", OTHER))
    for name in ["timestamp-based-import-index_v5", "metadata_v3"]:
        index(name, engine=OTHER)
    request("PUT", f"{OTHER}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})
    register("shared", "shared")
    config = FOLDER / "other.yaml"
    other = configuration(engine=f"urls: ['{OTHER}']", repository="shared", schedule="5/10 * * * * *")
    config.write_text(other.replace(port(DAEMON), port(OTHER_DAEMON)))
    ended = threading.Event()

    def take_turns():
        """Each engine disables what another has written, until somebody registers it anew; so somebody does, before its daemon's turn."""
        while not ended.wait(1):
            engine = {3: OTHER, 8: ENGINE}.get(int(time.time()) % 10)
            if engine:
                with contextlib.suppress(OSError):
                    register("shared", "shared", engine=engine)

    def intrude():
        start("other daemon", PROGRAM, "--config", config, "serve")
        threading.Thread(target=take_turns).start()

    def leave():
        stop("other daemon")
        ended.set()
        request("DELETE", f"{OTHER}/_snapshot/shared")
        register("shared", "shared")

    with restarted(repository="shared"):
        time.sleep(25)
        follow(["RepositoryShared"], intrude, leave, 180)
    stop("other")


def follow(alerts, cause, cure, seconds=120):
    """Makes something happen, waits for its alerts, mends it, and waits until they are resolved."""
    names = ["OptimizeBackup" + alert for alert in alerts]
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


# What is watched, and who watches


def configuration(engine=f"urls: ['{ENGINE}'], requestTimeout: 2s", repository="backups", schedule="*/10 * * * * *", keep=4, defaults="", job="", before="", more=""):
    return (
        f"engine: {{{engine}}}\nbackup: {{repositoryName: {repository}}}\nserver: {{port: {port(DAEMON)}}}\n"
        f"retentionDefaults: {{keepVanishedFor: 2d{defaults}}}\n{before}"
        f"jobs:\n  often: {{schedule: '{schedule}', overdueAfter: 8s, retention: {{keepLast: {keep}}}, retry: {{attempts: 1}}{job}}}\n{more}")


def configure(**what):
    CONFIG.write_text(configuration(**what))


def reload(**what):
    configure(**what)
    hang_up()


def daemon():
    start("daemon", PROGRAM, "--config", CONFIG, "serve")
    assert until(lambda: urllib.request.urlopen(f"{DAEMON}/metrics", timeout=5))


def run(*words):
    """Runs a command of the program; what becomes of it the daemon tells."""
    subprocess.run([PROGRAM, "--config", CONFIG, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def hang_up():
    processes["daemon"].send_signal(signal.SIGHUP)


def restart(**what):
    stop("daemon")
    configure(**what)
    daemon()


@contextlib.contextmanager
def restarted(**what):
    """A daemon with another configuration, for a while."""
    restart(**what)
    yield
    restart()


def observe():
    """Starts a Prometheus, with the rules shortened, an Alertmanager, and its webhook."""
    hook = http.server.ThreadingHTTPServer(("127.0.0.1", int(port(HOOK))), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    for path in check_monitoring.RULE_FILES:
        (FOLDER / path.name).write_text(shortened(path.read_text()))
    (FOLDER / "prometheus.yaml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [path.name for path in check_monitoring.RULE_FILES],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER.removeprefix("http://")]}]}]},
        "scrape_configs": [{"job_name": "optimize-backup", "static_configs": [{"targets": [DAEMON.removeprefix("http://")]}]}]}))
    (FOLDER / "alertmanager.yaml").write_text(json.dumps({
        "route": {"receiver": "hook", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
        "receivers": [{"name": "hook", "webhook_configs": [{"url": HOOK, "send_resolved": True}]}]}))
    start(
        "alertmanager", "prometheus-alertmanager", f"--config.file={FOLDER}/alertmanager.yaml", f"--storage.path={FOLDER}/alertmanager",
        f"--web.listen-address=127.0.0.1:{port(ALERTMANAGER)}", "--cluster.listen-address=")
    start(
        "prometheus", "prometheus", f"--config.file={FOLDER}/prometheus.yaml", f"--storage.tsdb.path={FOLDER}/series",
        f"--web.listen-address=127.0.0.1:{port(PROMETHEUS)}")


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in message["alerts"]:
            seen[alert["labels"]["alertname"]] = (alert["status"], time.monotonic())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def shortened(text):
    text = re.sub(r"^(\s+)interval: \w+$", r"\1interval: 1s", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s+)for: \w+$", r"\1for: 2s", text, flags=re.MULTILINE)
    return re.sub(r"\b(" + "|".join(map(re.escape, SHORT)) + r")\b", lambda match: SHORT[match[0]], text)


# What is done to them


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


def register(name, location, engine=ENGINE, **settings):
    request("PUT", f"{engine}/_snapshot/{name}", {"type": "fs", "settings": {"location": location, **settings}})


def index(name, engine=ENGINE, user=None, **settings):
    request("PUT", f"{engine}/optimize-{name}?wait_for_active_shards=0", {
        "aliases": {f"optimize-{name.split('_')[0]}": {}}, "settings": {"number_of_replicas": 0, **settings}}, user=user)


def newest(key):
    """What the engine tells of the newest part 2."""
    return request("GET", f"{ENGINE}/_snapshot/backups/camunda_optimize_*part_2*?sort=start_time&order=desc&size=1")["snapshots"][0][key]


def data():
    """The files in the repository that hold what indices hold."""
    return FULL.glob("indices/*/0/__*")


def spoil(*paths):
    """Takes files away from the repository."""
    for number, path in enumerate(paths):
        shutil.move(path, FOLDER / f"spoiled{number}")
        (FOLDER / f"spoiled{number}.path").write_text(str(path))


def mend():
    for note in FOLDER.glob("spoiled*.path"):
        path = pathlib.Path(note.read_text())
        shutil.move(note.with_suffix(""), path)
        path.chmod(0o666)
        note.unlink()


def mount(options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", FULL], check=True)


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
        empty(folder)
    else:
        empty(folder)
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "a+rwX", folder])
        shutil.rmtree(aside)


def empty(folder):
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def fill(path):
    with contextlib.suppress(OSError), path.open("wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()


def limit_descriptors(factor):
    """Lets the daemon have that many times as many descriptors as it has open."""
    pid = processes["daemon"].pid
    count = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={int(count * factor)}:"], check=True)


def starve():
    """Gives the daemon hardly any time while it has something to do."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        threading.Thread(target=lambda: contextlib.suppress(OSError) and urllib.request.urlopen(f"{DAEMON}/", timeout=60).read()).start()
        time.sleep(0.003)
        processes["daemon"].send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        processes["daemon"].send_signal(signal.SIGCONT)
        time.sleep(0.01)


# Processes


def port(url):
    return url.rpartition(":")[2]


def start(name, *words):
    processes[name] = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return processes[name]


def stop(name):
    process = processes.pop(name)
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(60)


def until(condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            if condition():
                return True
        time.sleep(0.1)
    return False


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
try:
    main()
finally:
    for name in list(processes):
        stop(name)
    subprocess.run(["umount", FULL])
    shutil.rmtree(FOLDER, ignore_errors=True)
