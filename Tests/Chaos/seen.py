"""Questions to the record of a run: what stood in the repository when, and who had asked for what."""
import time
from dataclasses import dataclass
from datetime import datetime

from world import JOB

# Seconds that a delete which was accepted may take to have its effect.
DELETES_WITHIN = 120


def clock(moment):
    """A time as a person reads it, in UTC with tenths."""
    return time.strftime("%H:%M:%S", time.gmtime(moment)) + f".{int(moment * 10) % 10}"


def seconds_of(text):
    """Of a time in RFC 3339, since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@dataclass
class Backup:
    """Two snapshots of one id, both of which were seen."""
    id: str
    first: object
    second: object

    @property
    def metadata(self):
        return self.first.details.get("metadata") or {}

    @property
    def due(self):
        """Its fire time as the metadata tells it; None of one that was taken by hand."""
        return self.metadata.get("dueTime")

    @property
    def is_of_job(self):
        return JOB in self.metadata.get("jobs", [])

    @property
    def time(self):
        """By which retention ranks it, in seconds since 1970; None if its details could not be had."""
        if self.due:
            return seconds_of(self.due)
        start = self.first.details.get("start_time_in_millis")
        return start and start / 1000


class Seen:
    """The record and the witness' listings, with an index or two."""

    def __init__(self, record, witness, crashes):
        self.record, self.crashes = record, crashes
        self.listings, self.snapshots = witness.listings, list(witness.snapshots.values())
        self.backups = list(self._pairs())

    def _pairs(self):
        """Every pair that stood there together, in the order of their ends."""
        parts = {}
        for snapshot in self.snapshots:
            parts.setdefault((snapshot.backup, snapshot.part), []).append(snapshot)
        for second in [snapshot for snapshot in self.snapshots if snapshot.part == 2]:
            for first in parts.get((second.backup, 1), []):
                if first.first <= second.last and second.first <= first.last:
                    yield Backup(second.backup, first, second)

    # Of one snapshot.

    def appeared(self, snapshot):
        """The earliest moment at which it can have appeared."""
        return self.listings[snapshot.first - 1].start if snapshot.first else self.listings[0].start

    def started(self, snapshot):
        """When it started, as the engine tells, else when it was first seen."""
        start = snapshot.details.get("start_time_in_millis")
        return start / 1000 if start else self.listings[snapshot.first].end

    def vanished(self, snapshot):
        """Between which moments it went; None if it stands. What is missing once and there again has not gone."""
        if snapshot.last >= len(self.listings) - 3:
            return None
        return self.listings[snapshot.last].start, self.listings[snapshot.last + 1].end

    def is_success(self, snapshot, number):
        return snapshot.success is not None and snapshot.success <= number <= snapshot.last

    # Of the repository at a moment.

    def good_at(self, *numbers):
        """The backups that were whole and good in any of these listings."""
        return [backup for backup in self.backups if any(
            self.is_success(backup.first, number) and self.is_success(backup.second, number) for number in numbers)]

    def numbers(self, start, end):
        """The listings from one moment to another, and the first after them."""
        found = [number for number, listing in enumerate(self.listings) if listing.end >= start]
        last = next((number for number in found if self.listings[number].start > end), len(self.listings) - 1)
        return [number for number in found if number <= last]

    def was_good(self, identity, start, end):
        """Whether a backup of that id was whole and good at any moment between these."""
        return any(backup.id == identity for backup in self.good_at(*self.numbers(start, end)))

    # Of people.

    def asked(self, action):
        """Calls and commands of one kind, in the order of their beginnings."""
        found = [one for one in [*self.record.calls, *self.record.commands] if one.action == action]
        return sorted(found, key=lambda one: one.start)

    def may_have_deleted(self, identity, before, actions=("delete", "cancel")):
        """Whether a delete or a cancel of a backup was begun before a moment, and was not clearly refused."""
        return any(one.backup == identity and not was_refused(one) and before - DELETES_WITHIN <= one.start <= before
                   for action in actions for one in self.asked(action))

    def crashed_between(self, start, end):
        return any(start <= crash <= end for crash in self.crashes)


def succeeded(one):
    """Whether a call or a command was told that it is done."""
    return one.status in ((200, 202, 204) if hasattr(one, "method") else (0,))


def was_refused(one):
    """Whether a call or a command was told that nothing is done; not so where that is open, or a part is done."""
    told = one.text if hasattr(one, "method") else one.errors
    refusals = (400, 403, 404, 405, 409) if hasattr(one, "method") else (4, 5, 64, 78)
    return "is stopped" not in told and one.status in refusals
