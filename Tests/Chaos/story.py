"""A run as one text in the order of time: faults, people, logs, and what came and went in the repository."""
from seen import Seen, clock


def tell(seen: Seen):
    """The lines of the story."""
    return [f"{clock(time)} {words}" for time, words in sorted(_moments(seen), key=lambda moment: moment[0])]


def _moments(seen):
    record = seen.record
    for happening in record.happenings:
        yield happening.start, f"FAULT {happening.lane}: {happening.name} {happening.detail}"
        yield happening.end, f"HEALED {happening.lane}: {happening.name}"
    for call in record.calls:
        yield call.start, f"ask {call.daemon}: {call.method} {call.path}"
        yield call.end, f"answer {call.daemon}: {call.method} {call.path}: {call.status} {call.text[:300]}"
    for command in record.commands:
        words = " ".join(command.arguments)
        yield command.start, f"type: {words}"
        yield command.end, f"done: {words}: {command.status} {command.output[:200]} {command.errors.strip()[:500]}"
    for process in record.processes:
        yield process.start, f"process {process.name} begins"
        for time, name in process.signals:
            yield time, f"process {process.name} is sent {name}"
        if process.end:
            yield process.end, f"process {process.name} ends with {process.status}"
    for line in record.lines:
        fields = {name: value for name, value in line.entry.items() if name.isupper()}
        yield line.time, f"log {line.process.name}: {line.entry.get('message', line.text)} {fields}"
    for snapshot in seen.snapshots:
        yield from _life(seen, snapshot)


def _life(seen, snapshot):
    metadata = snapshot.details.get("metadata") or {}
    yield seen.listings[snapshot.first].end, f"+ {snapshot.name} (due {metadata.get('dueTime')})"
    if snapshot.success is not None:
        yield seen.listings[snapshot.success].end, f"= {snapshot.name} SUCCESS"
    if went := seen.vanished(snapshot):
        yield went[1], f"- {snapshot.name} {snapshot.state}, gone since {clock(went[0])}"
