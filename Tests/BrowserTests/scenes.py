"""Starts a daemon on a canned engine as the status page is to be seen, and stops it when its input ends.

usage: scenes.py PROGRAM SCENE PORT

SCENE is empty, well, trouble, running or large; it says "ready" once the page shows it.
"""
import datetime
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Benchmarks"))

from canned_engine import Canned, Handler  # noqa: E402

DAY = 86_400


class Engine(Handler):
    def answer(self, path, query):
        if path.endswith("/_search"):
            return {"hits": {"hits": []}}
        if path.endswith("/_status"):
            return {"snapshots": [self.progress(s) for s in self.found(urllib.parse.unquote(path.split("/")[3]))]}
        return super().answer(path, query)


    @staticmethod
    def progress(snapshot):
        is_running = snapshot["state"] == "IN_PROGRESS"
        size, brought = 48_000_000_000, 2_100_000_000
        return {
            "snapshot": snapshot["snapshot"], "state": "STARTED" if is_running else "SUCCESS",
            "shards_stats": {"total": 15, "done": 9 if is_running else 15, "failed": 0},
            "stats": {"total": {"size_in_bytes": size}, "incremental": {"size_in_bytes": brought},
                      "processed": {"size_in_bytes": brought * 3 // 5 if is_running else brought}}}


class Scene(Canned):
    """A repository that is filled backup by backup, the oldest first."""

    def __init__(self):
        super().__init__([])
        self.RequestHandlerClass = Engine
        self.count = 0
        self.random = random.Random(7)

    def add(self, when, jobs, minutes=6.0, state="SUCCESS", parts=2, metadata=None, failures=(), **changes):
        """when: its fire time, in seconds since the epoch."""
        due = datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        minutes *= self.random.uniform(0.85, 1.25)
        for part in range(1, parts + 1):
            start = int((when + 1 + (part - 1) * minutes * 30) * 1000)
            end = start + int(minutes * 30_000)
            name = f"camunda_optimize_{identifier(when)}_8.6.0_part_{part}_of_2"
            is_last = part == parts
            self.snapshots[name] = {
                "snapshot": name, "uuid": f"{self.count:018d}{part:04d}", "version_id": 137277827, "version": "3.6.0",
                "indices": [f"optimize-process-instance-{index}_v8" for index in range(15 * part, 15 * part + 15)],
                "data_streams": [], "include_global_state": False, "state": state if is_last else "SUCCESS",
                "metadata": metadata or {
                    "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "canned", "cluster": "canned",
                    "prefix": "optimize", "jobs": jobs, "dueTime": due, "attempt": 1, "schedule": ""},
                "start_time_in_millis": start, "end_time_in_millis": 0 if state == "IN_PROGRESS" and is_last else end,
                "duration_in_millis": end - start, "failures": list(failures) if is_last else [],
                "shards": {"total": 15, "failed": 0, "successful": 15}, **changes}
        self.count += 1

    def mark(self, marker, subject, when, reason="", expiry=0, **metadata):
        """Puts a marker beside the backups, as root@backup-1 would; when and expiry are in seconds since the epoch."""
        owner = f"{fnv1a('canned' + chr(10) + 'optimize'):016x}"
        name = f"optimize-backup_{marker}_{subject}_{owner}_{int(expiry)}_{int(when)}"
        self.snapshots[name] = {
            "snapshot": name, "uuid": f"marker-{len(self.snapshots)}", "version_id": 137277827, "version": "3.6.0", "indices": [],
            "state": "SUCCESS", "start_time_in_millis": int(when) * 1000, "end_time_in_millis": int(when) * 1000,
            "metadata": {"cluster": "canned", "prefix": "optimize", "reason": reason, "by": "root@backup-1", **metadata},
            "failures": []}


def fnv1a(text):
    hashed = 0xCBF29CE484222325
    for byte in text.encode():
        hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
    return hashed


def identifier(when):
    return datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y%m%d%H%M%S")


def fire_times(zone, hour, days, weekday=None):
    """At that hour of the last so many days, the oldest first, as long as it has passed."""
    zone, now = zoneinfo.ZoneInfo(zone), time.time()
    today = datetime.datetime.now(zone).date()
    for back in range(days, -1, -1):
        day = today - datetime.timedelta(days=back)
        when = datetime.datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp()
        if when < now - 1_800 and weekday in (None, day.weekday()):
            yield back, when


def empty(scene):
    return "jobs: {nightly: {schedule: '0 2 * * *', timeZone: Europe/Berlin}}"


def well(scene):
    for _, when in fire_times("Europe/Berlin", 2, 400):
        scene.add(when, ["nightly"])
    for _, when in fire_times("America/New_York", 4, 400, weekday=6):
        scene.add(when, ["weekly"], minutes=40)
    drilled = time.time() - 3 * DAY
    scene.mark("verify", "nightly", drilled, kind="drill", backup="1", process="p", outcome="success", durationSeconds=700)
    return """
jobs:
  nightly: {schedule: '0 2 * * *', timeZone: Europe/Berlin, retention: {keepDaily: 400}}
  weekly: {schedule: '0 4 * * SUN', timeZone: America/New_York, retention: {keepLast: 60}}
"""


def trouble(scene):
    for back, when in fire_times("Europe/Berlin", 2, 90):
        if back in (0, 1, 2, 17, 33):
            words = "IOException: No space left on device <b>&\u202e"
            failure = {"index": "optimize-process-instance-16_v8", "shard_id": 0, "reason": words}
            scene.add(when, ["nightly"], state="PARTIAL", failures=[failure])
        elif back != 25:
            scene.add(when, ["nightly"])
    for back, when in fire_times("UTC", 5, 20):
        scene.add(when, ["reports"], minutes=2)
        if back == 4:
            scene.mark("hold", identifier(when), time.time() - DAY, "before the upgrade <to 8.7>", time.time() + 30 * DAY)
    scene.mark("pause", "reports", time.time() - DAY, "the quarter is being closed", time.time() + 3 * DAY)
    return """
jobs:
  nightly: {schedule: '0 2 * * *', timeZone: Europe/Berlin, retention: {keepDaily: 82}}
  reports: {schedule: '0 5 * * *', retention: {keepDaily: 14}}
"""


def running(scene):
    for _, when in fire_times("UTC", 2, 30):
        scene.add(when, ["nightly"])
    scene.add(int(time.time()) - 240, ["nightly"], state="IN_PROGRESS", parts=1)
    return "jobs: {nightly: {schedule: '0 2 * * *', retention: {keepDaily: 14}}}\nretentionDefaults: {mode: report}"


def large(scene):
    names = [f"job-{number}" for number in range(50)]
    for back, when in fire_times("UTC", 1, 400):
        for number, name in enumerate(names):
            if (back, number % 7) != (12, 3):
                scene.add(when + number * 60, [name], minutes=1)
    jobs = "".join(f"  {name}: {{schedule: '{number} 1 * * *'}}\n" for number, name in enumerate(names))
    return f"jobs:\n{jobs}"


SCENES = {scene.__name__: scene for scene in (empty, well, trouble, running, large)}


def page(port):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode()


class Daemon:
    """One that serves a scene, as long as the body of a `with` lasts."""

    def __init__(self, program, scene, port):
        self.program, self.scene, self.port = program, scene, port

    def __enter__(self):
        self.engine = Scene()
        jobs = SCENES[self.scene](self.engine)
        self.folder = tempfile.TemporaryDirectory()
        config = pathlib.Path(self.folder.name, "config.yaml")
        config.write_text(
            f"engine: {{urls: ['http://127.0.0.1:{self.engine.server_port}']}}\nbackup: {{repositoryName: backups, optimizeVersion: 8.6.0}}\n"
            f"server: {{port: {self.port}}}\n{jobs}")
        self.log = open(pathlib.Path(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            [self.program, "--config", config, "serve"], stdout=self.log, stderr=self.log, env={"PATH": "/usr/bin:/bin"})
        for _ in range(300):
            try:
                shown = page(self.port)
                # What runs is taken up, and asked how far it is.
                if "was last seen" in shown and " 0 %" not in shown and (self.scene != "running" or "since" in shown):
                    return self
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.log.seek(0)
        words = self.log.read()
        self.__exit__()
        raise RuntimeError(words)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.engine.shutdown()
        self.log.close()
        self.folder.cleanup()


def main():
    program, scene, port = sys.argv[1:]
    with Daemon(program, scene, int(port)):
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
