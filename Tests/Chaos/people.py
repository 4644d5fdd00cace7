"""The people: what they ask of the API and at the command line, and what they are answered."""
import signal
import subprocess
import time

import client
from record import Call, Command
from world import JOB

# Seconds after which somebody gives up: longer than anything may block.
PATIENCE = 150
# Seconds that somebody who wants to cancel waits for something to cancel.
WAITS_FOR_RUNNING = 4


class People:
    """Carries out what a plan says that people do."""

    def __init__(self, world, witness, record):
        self._world, self._witness, self._record = world, witness, record
        self._running = set()

    def carry_out(self, act):
        if act.lane.startswith("api"):
            self._ask(act)
        else:
            self._type(act)

    # At the API.

    def _ask(self, act):
        backup = self._backup(act)
        if backup is None:
            return
        method, path, body = _request(act, backup)
        self.call(act.details["daemon"], act.name, method, path, body, backup)

    def call(self, daemon, action, method, path, body=None, backup=None):
        """Sends a request to a daemon's API; returns its status, None if there was no answer."""
        url = self._world.daemons[daemon].url
        if url is None:
            return None
        start = time.time()
        try:
            answer = client.request(method, url + path, body, PATIENCE)
            status, text, content_type = answer.status, answer.text, answer.content_type
        except client.TROUBLE as error:
            status, text, content_type = None, repr(error), ""
        self._record.calls.append(
            Call(start, time.time(), daemon, action, method, path, backup, status, text, content_type))
        return status

    # At the command line.

    def _type(self, act):
        backup = self._backup(act)
        if backup is None:
            return
        self._run(act, [*_arguments(act, backup)], backup)

    def _run(self, act, arguments, backup):
        daemon = self._world.daemons[act.details["daemon"]]
        start = time.time()
        child = self._world.children.start(
            [self._world.program, "--config", str(daemon.configuration), "-o", "json", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        self._running.add(child)
        try:
            output, errors = child.communicate(timeout=PATIENCE)
            status = child.returncode
        except subprocess.TimeoutExpired:
            child.kill()
            (output, errors), status = child.communicate(), None
        self._running.discard(child)
        self._record.commands.append(
            Command(start, time.time(), act.name, arguments, backup, status, output, errors))

    def go_away(self):
        """Ends the commands that still run."""
        for child in list(self._running):
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)

    def _backup(self, act):
        """The id that an act is about; an empty one if about none, None if there is none to choose."""
        if act.name in ("order", "create-id"):
            return act.details["id"]
        if act.name == "order-old":
            return f"old_{act.details['id']}"
        if act.name == "cancel":
            return self._running_backup(act.pick)
        if act.name == "delete":
            return _picked(self._witness.deletable_backups(), act.pick)
        if act.name in ("order-again", "hold", "release", "show", "show-old"):
            return _picked(self._witness.backups(), act.pick)
        return ""

    def _running_backup(self, pick):
        end = time.monotonic() + WAITS_FOR_RUNNING
        while time.monotonic() < end:
            if ids := self._witness.running_backups():
                return _picked(ids, pick)
            time.sleep(0.1)
        return None


def _picked(ids, pick):
    return ids[int(pick * len(ids))] if ids else None


def _request(act, backup):
    """Method, path and body of what somebody asks."""
    one = f"/actuator/backups/{backup}"
    return {
        "order": ("POST", "/actuator/backups", {"backupId": int(backup)} if backup.isdigit() else None),
        "order-old": ("POST", "/actuator/backup", {"backupId": backup}),
        "order-again": ("POST", "/actuator/backup", {"backupId": backup}),
        "run": ("POST", f"/actuator/jobs/{JOB}/run", None),
        "pause": ("POST", f"/actuator/jobs/{JOB}/pause", {"reason": "chaos"}),
        "resume": ("POST", f"/actuator/jobs/{JOB}/resume", None),
        "cancel": ("POST", f"{one}/cancel", None),
        "hold": ("POST", f"{one}/hold", {"reason": "chaos"}),
        "release": ("POST", f"{one}/release", None),
        "delete": ("DELETE", one, None),
        "list": ("GET", "/actuator/backups", None),
        "list-old": ("GET", "/actuator/backup", None),
        "show": ("GET", one, None),
        "show-old": ("GET", f"/actuator/backup/{backup}", None),
        "metrics": ("GET", "/metrics", None),
        "health": ("GET", "/actuator/health", None),
        "links": ("GET", "/actuator", None),
        "information": ("GET", "/actuator/info", None),
        "tasks": ("GET", "/actuator/scheduledtasks", None),
        "nonsense": ("POST", "/actuator/backups", "{"),
    }[act.name]


def _arguments(act, backup):
    """What somebody types."""
    return {
        "create": ["create"],
        "create-id": ["create", backup],
        "cancel": ["cancel", backup],
        "hold": ["hold", backup, "--reason", "chaos"],
        "release": ["release", backup],
        "delete": ["delete", backup, "--yes"],
        "show": ["show", backup],
        "list": ["list"],
        "check": ["check"],
        "markers": ["markers"],
        "prune": ["prune", "--yes"],
        "prune-dry": ["prune", "--dry-run"],
    }[act.name]
