"""An engine that is canned: it answers with so many finished backups of thirty indices each."""
import http.server
import json
import sys
import threading
import time
import urllib.parse


def snapshot(number, part, start, due):
    """A part of a backup.

    start is in milliseconds since the epoch; due is what the metadata of a scheduled backup says besides.
    """
    start += part * 1000
    indices = [f"optimize-process-instance-{index}_v8" for index in range(15 * part, 15 * part + 15)]
    return {
        "snapshot": f"camunda_optimize_{1_000_000 + number}_8.6.0_part_{part}_of_2", "uuid": f"{number:018d}{part:04d}",
        "version_id": 137277827, "version": "3.6.0", "indices": indices, "data_streams": [],
        "include_global_state": False, "state": "SUCCESS", "start_time": "2026-11-26T22:41:59.904Z",
        "metadata": {
            "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "canned", "cluster": "canned",
            "prefix": "optimize", **due},
        "start_time_in_millis": start, "end_time": "2026-11-26T22:42:00.100Z", "end_time_in_millis": start + 196,
        "duration_in_millis": 196, "failures": [], "shards": {"total": 15, "failed": 0, "successful": 15}}


class Canned(http.server.ThreadingHTTPServer):
    def __init__(self, backups):
        """backups: of each its start in milliseconds and what its metadata says of its fire time."""
        self.snapshots = {
            one["snapshot"]: one for number, (start, due) in enumerate(backups)
            for one in (snapshot(number, 1, start, due), snapshot(number, 2, start, due))}
        self.requests, self.bytes = 0, 0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        # A program that is stopped hangs up in the middle of an answer.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


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
