"""Counts what a look at the repository costs: requests, and bytes of the engine's answers, at 10, 400 and 10,000 backups.

usage: look.py PROGRAM [OLDER_PROGRAM]

The engine is canned: it answers with so many finished backups of thirty indices each. The first look
is the one at the daemon's start, which reads all; the second and the third are made by a GET of the list of backups, and find everything
known. What the names alone weigh is shown beside.
"""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

SHOWN = ("first", "second", "third")


def snapshot(number, part):
    start = 1_790_000_000_000 + number * 86_400_000 + part * 1000
    indices = [f"optimize-process-instance-{index}_v8" for index in range(15 * part, 15 * part + 15)]
    return {
        "snapshot": f"camunda_optimize_{1_000_000 + number}_8.6.0_part_{part}_of_2", "uuid": f"{number:018d}{part:04d}",
        "version_id": 137277827, "version": "3.6.0", "indices": indices, "data_streams": [],
        "include_global_state": False, "state": "SUCCESS", "start_time": "2026-11-26T22:41:59.904Z",
        "metadata": {
            "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "canned", "cluster": "canned",
            "prefix": "optimize"},
        "start_time_in_millis": start, "end_time": "2026-11-26T22:42:00.100Z", "end_time_in_millis": start + 196,
        "duration_in_millis": 196, "failures": [], "shards": {"total": 15, "failed": 0, "successful": 15}}


class Canned(http.server.ThreadingHTTPServer):
    def __init__(self, count):
        self.snapshots = {s["snapshot"]: s for n in range(count) for s in (snapshot(n, 1), snapshot(n, 2))}
        self.requests, self.bytes = 0, 0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        target = urllib.parse.urlsplit(self.path)
        body = json.dumps(self.answer(target.path, urllib.parse.parse_qs(target.query)), separators=(",", ":")).encode()
        self.server.requests += 1
        self.server.bytes += len(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def answer(self, path, query):
        parts = path.strip("/").split("/")
        if path == "/":
            version = {"number": "3.6.0", "distribution": "opensearch"}
            return {"name": "canned", "cluster_name": "canned", "cluster_uuid": "canned", "version": version}
        if parts[0] == "_cat":
            return [{"epoch": str(int(time.time()))}]
        if parts == ["_snapshot", "backups"]:
            return {"backups": {"type": "fs", "settings": {"location": "backups"}}}
        if parts[-1] == "_verify":
            return {"nodes": {"canned": {"name": "canned"}}}
        if parts[:2] == ["_snapshot", "backups"] and len(parts) == 3:
            return {"snapshots": [self.filtered(s, query) for s in self.found(urllib.parse.unquote(parts[2]))]}
        return {}

    def found(self, names):
        if names == "_current":
            return []
        if "*" in names:
            return list(self.server.snapshots.values())
        return [self.server.snapshots[name] for name in names.split(",") if name in self.server.snapshots]

    @staticmethod
    def filtered(snapshot, query):
        if query.get("verbose") == ["false"]:
            snapshot = {key: snapshot[key] for key in ("snapshot", "uuid", "indices", "state")}
        paths = query.get("filter_path", [""])[0].split(",")
        wanted = {path.removeprefix("snapshots.") for path in paths if path.startswith("snapshots.")}
        return {key: value for key, value in snapshot.items() if not wanted or key in wanted}

    def log_message(self, *_):
        pass


def settled(engine):
    """What the engine was asked until it is asked no more."""
    before = -1
    while engine.requests != before:
        before = engine.requests
        time.sleep(2)
    return engine.requests, engine.bytes


def measure(program, count):
    engine = Canned(count)
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "config.yaml")
        pathlib.Path(config).write_text(
            f"engine: {{urls: ['http://127.0.0.1:{engine.server_port}']}}\nbackup: {{repositoryName: backups}}\n"
            "server: {port: 18096}\n")
        process = subprocess.Popen(
            [program, "--config", config, "serve"], stderr=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin"})
        line = process.stderr.readline()
        while "answers on port" not in line:
            assert line, f"{program} ended"
            line = process.stderr.readline()
        # The daemon looks at its start by itself: that is the first.
        looks = [settled(engine)]
        for _ in SHOWN[1:]:
            engine.requests, engine.bytes = 0, 0
            urllib.request.urlopen("http://127.0.0.1:18096/actuator/backups", timeout=300).read()
            looks.append((engine.requests, engine.bytes))
        process.terminate()
        process.wait()
    names = [{key: s[key] for key in ("snapshot", "uuid", "state")} for s in engine.snapshots.values()]
    engine.shutdown()
    return looks, len(json.dumps({"snapshots": names}, separators=(",", ":")))


print(f"{'program':24} {'backups':>8} {'look':>7} {'requests':>9} {'bytes':>12} {'of the names':>13}")
for program in sys.argv[1:]:
    for count in (10, 400, 10_000):
        looks, names = measure(program, count)
        for shown, (requests, size) in zip(SHOWN, looks):
            print(f"{os.path.basename(program):24} {count:8} {shown:>7} {requests:9} {size:12} {size / names:12.2f}×")
