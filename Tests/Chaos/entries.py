"""Rules about the daemons' processes and what their logs tell."""
import re
from collections import Counter, defaultdict

from answers import CRASHES
from seen import clock
from world import JOB

# How often a process may say the same, but for digits, within a minute; and lines in one second.
SAME_IN_A_MINUTE, LINES_IN_A_SECOND = 20, 50
# The same for attempts, which the configuration allows to follow one another within a second or two.
ATTEMPTS_IN_A_MINUTE = 40
# Seconds that a daemon may take between a look at the repository and its line about it, when it hangs in between.
HANGS = 20
# By message id, how a fire time ended.
FAILED = "5796a670482c490e8d9782bfcdc83011"
OUTCOMES = {
    "ac8efe121c5949f1ba2dde83458bfed0": "COMPLETED",
    "0b80a25553a14945a93258ef7777682c": "skipped",
    "45ac16b9c20d4c218f8a7abff2e91ac7": "missed",
    FAILED: "failed",
}


def daemons_end_only_when_told(seen, check):
    """A daemon ends when it is told to, with status 0 after SIGTERM, and never crashes."""
    for process in seen.record.processes:
        sent = [name for _, name in process.signals]
        if process.end is not None:
            expected = {-9} if "KILL" in sent else {0} if "TERM" in sent else set()
            check("daemons-end-only-when-told", process.status in expected, process.end,
                  f"{process.name} ended with {process.status} after the signals {sent}")
        check("daemons-end-when-told", not ("TERM" in sent and "KILL" in sent), process.start,
              f"{process.name} did not end within 30 s of SIGTERM")
    for line in seen.record.lines:
        check("no-crash", not any(crash in line.text for crash in CRASHES), line.time,
              f"{line.process.name}: {line.text[:300]}")
        check("entries-are-json", line.entry or not line.text, line.time, f"{line.process.name}: {line.text[:300]}")


def fire_times_are_settled_once(seen, check):
    """A process tells one outcome of a fire time."""
    told = defaultdict(list)
    for line in seen.record.lines:
        due, outcome = _outcome(seen, line)
        if due and line.entry.get("BACKUP_JOB") == JOB:
            told[line.process.name, due].append((line.time, outcome))
    for (process, due), outcomes in told.items():
        check("settled-once", len(outcomes) == 1, outcomes[-1][0],
              f"{process} told several outcomes for {due}: "
              + ", ".join(f"{outcome} at {clock(time)}" for time, outcome in outcomes))


def _outcome(seen, line):
    """The fire time of which an entry tells the end, and which; None if of none."""
    outcome = OUTCOMES.get(line.entry.get("messageId"))
    due = line.entry.get("DUE_TIME")
    if outcome == "failed" and due is None:
        due = next((snapshot.details["metadata"].get("dueTime") for snapshot in seen.snapshots
                    if snapshot.backup == line.entry.get("BACKUP_ID") and snapshot.details.get("metadata")), None)
    return outcome and due, outcome


def what_is_completed_is_there(seen, check):
    """An entry that calls a backup COMPLETED is right at that moment."""
    for line in seen.record.lines:
        if OUTCOMES.get(line.entry.get("messageId")) != "COMPLETED":
            continue
        identity = line.entry.get("BACKUP_ID")
        check("completed-is-there", seen.was_good(identity, line.time - HANGS, line.time + 2), line.time,
              f"{line.process.name} called {identity} COMPLETED, and it was no good backup then")


def logs_are_short(seen, check):
    """No process says the same again and again, nor very much at once."""
    said, seconds = defaultdict(list), Counter()
    for line in seen.record.lines:
        message = re.sub(r"\d+", "#", str(line.entry.get("message", line.text)))
        said[line.process.name, message].append(line.time)
        seconds[line.process.name, int(line.time)] += 1
    for (process, message), times in said.items():
        most = max(sum(1 for time in times if start <= time < start + 60) for start in times)
        limit = ATTEMPTS_IN_A_MINUTE if "failed, attempt #" in message else SAME_IN_A_MINUTE
        check("logs-do-not-repeat", most <= limit, times[-1],
              f"{process} said {most} times in a minute: {message[:200]}")
    for (process, second), count in seconds.items():
        check("logs-are-short", count <= LINES_IN_A_SECOND, second, f"{process} wrote {count} lines in a second")


RULES = [daemons_end_only_when_told, fire_times_are_settled_once, what_is_completed_is_there, logs_are_short]
