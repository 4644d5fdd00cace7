"""Rules about what the API answers and how commands end."""
import json

from seen import clock
from world import TIMEOUT

# Seconds beyond a limit that something may take on a busy machine.
MARGIN = 30
EXITS = {0, 1, 2, 4, 5, 69, 74, 77, 78, 130}
CRASHES = ("Fatal error", "Illegal instruction", "Segmentation fault", "Crash", "Backtrace", "AddressSanitizer")
ENGINE_TROUBLE = {500, 502, 504}
# By action; None stands for no answer, which a daemon that is killed gives.
STATUSES = {
    "order": {202, 409} | ENGINE_TROUBLE,
    "order-old": {200, 409, 500},
    "order-again": {200, 409, 500},
    "nonsense": {400},
    "run": {202, 409} | ENGINE_TROUBLE,
    "pause": {202, 204} | ENGINE_TROUBLE,
    "resume": {202, 204} | ENGINE_TROUBLE,
    "cancel": {202, 204, 404, 409} | ENGINE_TROUBLE,
    "hold": {202, 204, 404, 409} | ENGINE_TROUBLE,
    "release": {202, 204, 404, 409} | ENGINE_TROUBLE,
    "delete": {204, 404, 409} | ENGINE_TROUBLE,
    "list": {200} | ENGINE_TROUBLE,
    "list-old": {200, 500},
    "show": {200, 400, 404} | ENGINE_TROUBLE,
    "show-old": {200, 404, 500},
    "metrics": {200},
    "health": {200, 503},
    "links": {200},
    "information": {200},
    "tasks": {200},
}
# Generation A knows no 502.
CODES = {400: {"badRequestError"}, 404: {"notFoundError"}, 409: {"conflictError"},
         500: {"serverError", "engineConnectionError"}, 502: {"engineConnectionError"}, 504: {"engineConnectionError"}}


def answers_are_documented(seen, check):
    """Every answer has a status that the contract knows, and JSON in the shape that it says."""
    for call in seen.record.calls:
        if call.status is None:
            check("there-is-an-answer", _was_disturbed(seen, call), call.end,
                  f"{call.method} {call.path} of daemon {call.daemon}: {call.text} after {call.end - call.start:.1f} s")
            continue
        what = f"{call.method} {call.path}: {call.status} {call.text[:300]}"
        check("answers-tell-why", "the client has gone" not in call.text, call.end, what)
        if call.status == 503 and _was_stopped(seen, call):
            continue
        check("documented-status", call.status in STATUSES[call.action], call.end, what)
        check("nothing-blocks-an-answer", call.end - call.start < TIMEOUT + MARGIN or _was_disturbed(seen, call),
              call.end, f"{what} after {call.end - call.start:.0f} s")
        if call.action == "metrics" or call.status == 204:
            continue
        document = _json(call.text)
        check("answers-are-json", document is not None and "json" in call.content_type, call.end, what)
        if call.status in CODES and document is not None:
            check("errors-have-a-code", document.get("errorCode") in CODES[call.status], call.end, what)


def _was_disturbed(seen, call):
    """Whether the daemon that was asked was killed, stopped or hung meanwhile."""
    return any(process.daemon == call.daemon and any(call.start - 15 <= time <= call.end + 0.5
                                                     for time, _ in process.signals)
               for process in seen.record.processes)


def _was_stopped(seen, call):
    """Whether the daemon that was asked was told to stop meanwhile, which ends what waits."""
    return any(process.daemon == call.daemon and name == "TERM" and call.start - 0.5 <= time <= call.end
               for process in seen.record.processes for time, name in process.signals)


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def commands_end_as_documented(seen, check):
    """Every command ends in time, with a documented status, without a crash, and with one JSON document if done."""
    for command in seen.record.commands:
        words = f"{' '.join(command.arguments)}: {command.status} {command.errors.strip()[:300]}"
        seconds = command.end - command.start
        check("documented-exit", command.status in EXITS, command.end, words)
        check("no-crash", not any(crash in command.errors for crash in CRASHES), command.end, words)
        check("nothing-blocks-a-command", seconds < TIMEOUT + MARGIN, command.end, f"{words} after {seconds:.0f} s")
        if command.status == 0:
            check("commands-print-json", _json(command.output) is not None, command.end,
                  f"{words}: {command.output[:200]!r}")


def what_is_created_is_there(seen, check):
    """A `create` that ends well has made two snapshots that are SUCCESS at that moment."""
    for command in [one for one in seen.record.commands if one.action in ("create", "create-id") and one.status == 0]:
        identity = str((_json(command.output) or {}).get("backupId"))
        check("created-is-there", seen.was_good(identity, command.end - 5, command.end), command.end,
              f"create told of {identity} at {clock(command.end)}, and it was no good backup then")


def what_is_accepted_is_there(seen, check):
    """What the API accepted is in the repository, unless the engine crashed or the log tells of its failure."""
    accepted = {"order": 202, "order-old": 200, "order-again": 200}
    for call in [one for one in seen.record.calls if one.status and one.status == accepted.get(one.action)]:
        numbers = seen.numbers(call.start - 1, call.end)
        stands = any(snapshot.backup == call.backup and snapshot.first <= numbers[-1] and snapshot.last >= numbers[0]
                     for snapshot in seen.snapshots) if numbers else False
        is_told = any(line.entry.get("BACKUP_ID") == call.backup and line.entry.get("ERROR")
                      for line in seen.record.lines)
        excuse = seen.crashed_between(call.start, call.end + 60) or seen.may_have_deleted(call.backup, call.end + 2)
        check("accepted-is-there", stands or is_told or excuse, call.end,
              f"{call.method} {call.path} of {call.backup} was accepted, and nothing of it was seen")


def orders_are_not_refused_for_ever(seen, check):
    """Orders are not answered 'busy' for longer than a backup may take while nothing of ours runs."""
    since = None
    for call in sorted((one for one in seen.record.calls if one.action in ("order", "order-old", "run")),
                       key=lambda one: one.end):
        if call.status != 409 or _runs(seen, call):
            since = None
        else:
            since = since or call.end
            check("orders-are-not-refused-for-ever", call.end - since < TIMEOUT + MARGIN, call.end,
                  f"409 since {clock(since)} though nothing of ours runs: {call.text[:300]}")


def _runs(seen, call):
    numbers = seen.numbers(call.start - 1, call.end)
    return any(snapshot.part and snapshot.last >= numbers[0] and snapshot.first <= numbers[-1]
               and not (snapshot.success is not None and snapshot.success < numbers[0])
               for snapshot in seen.snapshots) if numbers else True


RULES = [answers_are_documented, commands_end_as_documented, what_is_created_is_there, what_is_accepted_is_there,
         orders_are_not_refused_for_ever]
