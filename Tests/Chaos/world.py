"""The scene: an engine, its proxies, an Optimize that writes, and two daemons; each can be started, killed and hung."""
import base64
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import client
from record import Line, Process

REPOSITORY = "backups"
JOB = "often"
# Seconds between two fire times.
INTERVAL = 15
# Of the configuration, in seconds.
TIMEOUT = 60
TAKE_UP_WITHIN = 30
# How many good backups retention keeps: of the job, and of those that were taken by hand.
KEPT_OF_JOB, KEPT_BY_HAND = 3, 2

FIRST_PART, SECOND_PART = "optimize-timestamp-based-import-index_v5", "optimize-process-instance-x_v8"
NEIGHBOUR = "neighbour-notes"
INDICES = [FIRST_PART, "optimize-position-based-import-index_v3", "optimize-alert_v4", SECOND_PART,
           "optimize-metadata_v3", NEIGHBOUR]

CONFIGURATION = """
engine: {{urls: [{urls}], requestTimeout: 5s, deleteTimeout: 30s}}
backup: {{repositoryName: {repository}, timeout: {timeout}s, takeUpWithin: {take_up}s, waitForOthers: 10s}}
jobs:
  {job}:
    schedule: "*/{interval} * * * * *"
    retry: {{attempts: 20, initialDelay: 1s, maximumDelay: 3s}}
    retention: {{keepLast: {of_job}}}
retention: {{keepLast: {by_hand}}}
server: {{port: 0}}
log: {{format: json}}
"""


def free_port():
    """A port that nobody listens on, below those that the system hands out by itself."""
    while True:
        port = random.randint(20_000, 31_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, seconds, what):
    """Waits for a condition; raises TimeoutError after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come in {seconds} s")
        time.sleep(0.05)


class Children:
    """Starts processes, each in a group of its own, until all is over; then none, whoever still wants one."""

    def __init__(self):
        self._lock, self._is_over = threading.Lock(), False

    def start(self, command, **options):
        """Raises RuntimeError once all is over."""
        with self._lock:
            if self._is_over:
                raise RuntimeError("all is over")
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)

    def end(self):
        with self._lock:
            self._is_over = True


class Engine:
    """A real engine, to be asked directly."""

    def __init__(self, children, launcher, name, folder, environment):
        self._children = children
        self.name, self.port, self.home = name, free_port(), folder / "engine"
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "engine.log"
        self._command = [launcher, name, "--port", str(self.port), "--home", str(self.home),
                         f"transport.port={free_port()}"]
        self._environment = environment
        self._process = None
        # When it was killed, in seconds since 1970.
        self.crashes = []

    @property
    def repository_folder(self):
        return self.home / "repo" / REPOSITORY

    def start(self):
        """Starts it with what its home holds, and waits until it answers."""
        with open(self._log, "wb") as log:
            self._process = self._children.start(self._command, stdout=log, stderr=log, env=self._environment)
        wait_until(self._has_started, 180, "the engine")

    def _has_started(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"the engine has ended: {self._log.read_text(errors='replace')[-2000:]}")
        return b"\nstarted" in b"\n" + self._log.read_bytes()

    def kill(self):
        """A crash."""
        if self._process and self._process.poll() is None:
            self.crashes.append(time.time())
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def hang(self):
        os.killpg(self._process.pid, signal.SIGSTOP)

    def go_on(self):
        os.killpg(self._process.pid, signal.SIGCONT)

    def ask(self, method, target, body=None, timeout=60.0):
        """Raises RuntimeError unless the answer is a good one."""
        answer = client.request(method, self.url + target, body, timeout)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {target}: {answer.status} {answer.text[:500]}")
        return answer.json


class Proxies:
    """A proxy by name before the engine, each with faults of its own."""

    def __init__(self, children, program, engine, folder, names):
        self.ports = {name: free_port() for name in names}
        self._url = f"http://127.0.0.1:{(port := free_port())}"
        self._log = open(folder / "proxies.log", "wb")
        self._process = children.start([program, "-port", str(port)], stdout=self._log, stderr=self._log)
        wait_until(self._answers, 20, "toxiproxy-server")
        for name, port in self.ports.items():
            self._send("POST", "/proxies", {
                "name": name, "listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{engine.port}", "enabled": True})

    def _answers(self):
        try:
            return client.request("GET", f"{self._url}/version", timeout=5).status == 200
        except client.TROUBLE:
            return False

    def _send(self, method, target, body=None):
        answer = client.request(method, self._url + target, body, timeout=20)
        if answer.status >= 300:
            raise RuntimeError(f"toxiproxy: {method} {target}: {answer.status} {answer.text}")

    def spoil(self, name, kind, stream, attributes):
        """Begins a fault; `down` refuses connections, any other is a toxic of that kind."""
        if kind == "down":
            self._send("POST", f"/proxies/{name}", {"enabled": False})
        else:
            self._send("POST", f"/proxies/{name}/toxics", {
                "name": kind, "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes})

    def heal(self, name, kind):
        if kind == "down":
            self._send("POST", f"/proxies/{name}", {"enabled": True})
        else:
            self._send("DELETE", f"/proxies/{name}/toxics/{kind}")

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._log.close()


class Daemon:
    """One of the two daemons: several processes, one after the other."""

    def __init__(self, children, name, program, folder, urls, record):
        self._children, self.name, self._program, self._record = children, name, program, record
        self.configuration = folder / f"{name}.yaml"
        self.configuration.write_text(CONFIGURATION.format(
            urls=", ".join(urls), repository=REPOSITORY, timeout=TIMEOUT, take_up=TAKE_UP_WITHIN, job=JOB,
            interval=INTERVAL, of_job=KEPT_OF_JOB, by_hand=KEPT_BY_HAND))
        self._child = None
        # Of the process that runs; None while none does. The port is None until it listens.
        self.process, self.port = None, None

    @property
    def url(self):
        """Where its API is; None while it does not listen."""
        return self.port and f"http://127.0.0.1:{self.port}"

    def start(self):
        self._child = self._children.start(
            [self._program, "--config", str(self.configuration), "serve"], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace")
        self.port = None
        self.process = Process(self.name, self._child.pid, time.time())
        self._record.processes.append(self.process)
        threading.Thread(target=self._read, args=(self._child, self.process), daemon=True).start()

    def _read(self, child, process):
        for text in child.stderr:
            text = text.rstrip("\n")
            try:
                entry = json.loads(text)
            except ValueError:
                entry = {}
            self._record.lines.append(Line(time.time(), process, text, entry if isinstance(entry, dict) else {}))
            found = re.search(r"answers on port (\d+)", text)
            if found and self.process is process:
                self.port = int(found[1])
        process.status = child.wait()
        process.end = time.time()
        if self.process is process:
            self.process = self.port = None

    def send(self, name):
        """Sends a signal, such as "KILL", to the process that runs, if there is one."""
        process, child = self.process, self._child
        if process and child.poll() is None:
            process.signals.append((time.time(), name))
            child.send_signal(getattr(signal, f"SIG{name}"))

    def wait(self, seconds):
        """Whether it has ended by itself within so many seconds."""
        try:
            self._child.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    @property
    def runs(self):
        return self._child is not None and self._child.poll() is None


class Optimize:
    """Writes into one index of each part, so that every snapshot has something to copy."""

    def __init__(self, engine, seed):
        self._engine, self._random = engine, random.Random(seed)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write_on, daemon=True)

    def set_up(self):
        """Makes the repository and the indices."""
        self._engine.ask("PUT", f"/_snapshot/{REPOSITORY}", {
            "type": "fs", "settings": {"location": REPOSITORY, "max_snapshot_bytes_per_sec": "300kb"}})
        for index in INDICES:
            self._engine.ask("PUT", f"/{index}", {
                "aliases": {index.split("_v")[0]: {}} if "_v" in index else {},
                # Without merges a snapshot copies what was written since the last one, and no more.
                "settings": {"number_of_shards": 1, "number_of_replicas": 0,
                             "merge.policy.segments_per_tier": 500},
                "mappings": {"properties": {"text": {"type": "keyword", "index": False, "doc_values": False}}}})
            self._engine.ask("PUT", f"/{index}/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})

    def write(self, index, size):
        """Overwrites the same documents with so many bytes of random text, which nothing compresses."""
        lines = []
        for number in range(8):
            text = base64.b64encode(self._random.randbytes(size * 3 // 32)).decode()
            lines += [json.dumps({"index": {"_id": f"text-{number}"}}), json.dumps({"text": text})]
        self._engine.ask("POST", f"/{index}/_bulk", "\n".join(lines) + "\n", timeout=10)

    def start(self):
        self._thread.start()

    def _write_on(self):
        while not self._stopped.wait(5):
            for index in [FIRST_PART, SECOND_PART]:
                try:
                    self.write(index, self._random.randint(200_000, 500_000))
                except (*client.TROUBLE, RuntimeError):
                    pass  # the engine is down or hangs

    def stop(self):
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(15)


class World:
    """All of it; a context that leaves nothing behind."""

    def __init__(self, repository_root, engine_name, program, seed, record, keeps):
        root = pathlib.Path(repository_root)
        shared = root.parent / "shared"
        launcher = os.environ.get("OPTIMIZE_BACKUP_TEST_LAUNCHER", str(shared / "engines" / "engine"))
        environment = dict(os.environ)
        if (root / ".build" / "python").is_dir():
            environment["PYTHONPATH"] = str(root / ".build" / "python")
        self._keeps = keeps
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-"))
        self.program = str(pathlib.Path(program).resolve())
        self.record = record
        self.children = Children()
        self.engine = Engine(self.children, launcher, engine_name, self.folder, environment)
        self.optimize = Optimize(self.engine, seed)
        self._proxy_program = str(shared / "peers" / "toxiproxy-server")
        self.proxies, self.daemons = None, {}

    def __enter__(self):
        try:
            self.engine.start()
            self.optimize.set_up()
            self.optimize.start()
            names = [f"{daemon}{number}" for daemon in "ab" for number in (1, 2)]
            self.proxies = Proxies(self.children, self._proxy_program, self.engine, self.folder, names)
            for daemon in "ab":
                urls = [f"http://127.0.0.1:{self.proxies.ports[f'{daemon}{number}']}" for number in (1, 2)]
                self.daemons[daemon] = Daemon(self.children, daemon, self.program, self.folder, urls, self.record)
                self.daemons[daemon].start()
            for daemon in self.daemons.values():
                wait_until(lambda daemon=daemon: daemon.port, 30, f"the daemon {daemon.name}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.children.end()
        for daemon in self.daemons.values():
            daemon.send("KILL")
        if self.proxies:
            self.proxies.stop()
        self.engine.kill()
        self.optimize.stop()
        if not self._keeps:
            shutil.rmtree(self.folder, ignore_errors=True)
