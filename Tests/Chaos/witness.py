"""What the repository held at each moment, as the engine itself tells, and what /metrics of the daemons told."""
import re
import threading
import time
from dataclasses import dataclass, field

import client
from record import Scrape
from world import REPOSITORY

# Seconds between two looks, and between two scrapes.
PAUSE, SCRAPES_EVERY = 0.15, 1.0
NAME = re.compile(r"^camunda_optimize_(.+)_([^_]+)_part_([1-9])_of_([1-9])$")


@dataclass(frozen=True)
class Listing:
    """What stood in the repository between two moments, in seconds since 1970."""
    start: float
    end: float
    # By (name, uuid).
    states: dict


@dataclass
class Snapshot:
    """One snapshot, as it was seen; two of one name are two."""
    name: str
    uuid: str
    # Whose: the backup's id and the part; None if it is no part of a backup.
    backup: str | None
    part: int | None
    # The numbers of the first and the last listing that showed it, and of the first that showed it as SUCCESS.
    first: int
    last: int
    success: int | None = None
    state: str = ""
    # The engine's full word of it, when that could be had.
    details: dict = field(default_factory=dict)


class Witness:
    """Looks all the time; its record is only added to."""

    def __init__(self, world, record):
        self._world, self._record = world, record
        self.listings, self.snapshots = [], {}
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._look_on, self._scrape_on)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join(15)

    def backups(self):
        """The ids in the newest listing."""
        return sorted({backup for backup, _ in self._parts()})

    def deletable_backups(self):
        """The ids in the newest listing; none while few are whole, since a daemon that sees all of them go stops."""
        whole = [backup for backup, snapshot in self._parts() if snapshot.part == 2 and snapshot.state == "SUCCESS"]
        return self.backups() if len(whole) > 2 else []

    def running_backups(self):
        """The ids of which a part runs, or part 2 has yet to come."""
        parts = list(self._parts())
        done = {backup for backup, snapshot in parts if snapshot.part == 2 and snapshot.state != "IN_PROGRESS"}
        return sorted({backup for backup, _ in parts} - done)

    def _parts(self):
        states = self.listings[-1].states if self.listings else {}
        for key in states:
            snapshot = self.snapshots[key]
            if snapshot.backup is not None:
                yield snapshot.backup, snapshot

    def _look_on(self):
        while not self._stopped.wait(PAUSE):
            try:
                self._look()
            except client.TROUBLE:
                pass  # the engine is down or hangs: nothing was seen

    def _look(self):
        start = time.time()
        answer = client.request("GET", f"{self._world.engine.url}/_snapshot/{REPOSITORY}/_all?verbose=false", timeout=2)
        listed = answer.json
        if answer.status != 200 or not listed or listed.get("failures") or "snapshots" not in listed:
            return
        states = {(entry["snapshot"], entry["uuid"]): entry["state"] for entry in listed["snapshots"]}
        number = len(self.listings)
        for key, state in states.items():
            self._note(key, state, number)
        self.listings.append(Listing(start, time.time(), states))
        for key in states:
            self._read_details(self.snapshots[key])

    def _note(self, key, state, number):
        if key not in self.snapshots:
            found = NAME.match(key[0])
            self.snapshots[key] = Snapshot(
                *key, found and found[1], found and int(found[3]), first=number, last=number)
        snapshot = self.snapshots[key]
        snapshot.last, snapshot.state = number, state
        if state == "SUCCESS" and snapshot.success is None:
            snapshot.success = number

    def _read_details(self, snapshot):
        if snapshot.details.get("state") == snapshot.state:
            return
        url = f"{self._world.engine.url}/_snapshot/{REPOSITORY}/{snapshot.name}"
        answer = client.request("GET", url, timeout=2)
        found = (answer.json or {}).get("snapshots") if answer.status == 200 else None
        if found and found[0].get("uuid") == snapshot.uuid:
            snapshot.details = found[0]

    def _scrape_on(self):
        while not self._stopped.wait(SCRAPES_EVERY):
            for daemon in self._world.daemons.values():
                self.scrape(daemon)

    def scrape(self, daemon):
        """Reads a daemon's /metrics; None if it does not answer."""
        url, process = daemon.url, daemon.process
        if url is None or process is None:
            return None
        try:
            answer = client.request("GET", f"{url}/metrics", timeout=3)
        except client.TROUBLE:
            return None
        if answer.status != 200:
            return None
        values = dict(_samples(answer.text))
        self._record.scrapes.append(Scrape(time.time(), process, values))
        return values


def _samples(text):
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            yield name, float(value)
