"""Rules about what /metrics tells."""
from world import JOB

# Requests that a daemon may send to the engine in a minute.
REQUESTS_IN_A_MINUTE = 3_000


def agree_at_the_end(seen, last, check):
    """In the end /metrics of both daemons tell what the repository holds.

    last: values by daemon; None where there was no answer.
    """
    end = seen.listings[-1].end
    good = [backup for backup in seen.good_at(len(seen.listings) - 1) if backup.is_of_job and backup.time]
    newest = max(good, key=lambda backup: backup.time, default=None)
    for daemon, values in last.items():
        check("metrics-answer", values is not None, end, f"daemon {daemon} did not answer /metrics in the end")
        if values is None:
            continue
        _agrees(daemon, values, "optimize_backup_engine_up", {}, 1, end, check)
        if newest:
            success = newest.second.details["end_time_in_millis"] / 1000
            _agrees(daemon, values, "optimize_backup_last_success_timestamp_seconds", {}, success, end, check)
            _agrees(daemon, values, "optimize_backup_state", {"state": "COMPLETED"}, 1, end, check)
    _requests_are_few(seen, check)


def _agrees(daemon, values, name, labels, wanted, end, check):
    told = [value for key, value in values.items() if key.split("{")[0] == name
            and all(f'{label}="{text}"' in key for label, text in labels.items())
            and ("job=" not in key or f'"{JOB}"' in key)]
    check("metrics-agree", told and abs(told[0] - wanted) < 1, end,
          f"daemon {daemon}: {name}{labels or ''} is {told}, not {wanted}")


def _requests_are_few(seen, check):
    """How often a process asked the engine between two scrapes at least a minute apart, or its first and its last."""
    scrapes = {}
    for scrape in seen.record.scrapes:
        count = sum(value for key, value in scrape.values.items()
                    if key.startswith("optimize_backup_engine_requests_total"))
        scrapes.setdefault(scrape.process.name, []).append((scrape.time, count))
    for process, counts in scrapes.items():
        for index, (start, before) in enumerate(counts):
            within = [count for time, count in counts[index:] if time - start <= 60]
            check("requests-are-few", within[-1] - before < REQUESTS_IN_A_MINUTE, start,
                  f"{process} sent {within[-1] - before:.0f} requests in a minute")
