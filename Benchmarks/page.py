"""Measures what the status page costs: after a look that showed another backup, after one that showed nothing new, and kept.

usage: page.py PROGRAM

The engine is canned. One page at a time is asked for over a connection that stays: shown are medians of 21 in milliseconds, what a kept answer
of the same server takes (/actuator/info), bytes as they are and in gzip, and the longest job on the loop that the pages had.
"""
import http.client
import pathlib
import re
import statistics
import sys
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "Tests/BrowserTests"))

import scenes  # noqa: E402

PORT = 18094
FORMAT = "{:>5} {:>8} {:>14} {:>12} {:>8} {:>8} {:>8} {:>8} {:>12}"


def place(jobs, days, each):
    """So many jobs for so many days, each with a backup of its own, or all with one."""
    def scene(engine):
        names = [f"job-{number}" for number in range(jobs)]
        midnight = int(time.time()) // scenes.DAY * scenes.DAY
        for back in range(days, 0, -1):
            for number, name in enumerate(names if each else names[:1]):
                engine.add(midnight - back * scenes.DAY + 3_600 + number * 60, [name] if each else names, minutes=1)
        lines = "".join(
            f"  {name}: {{schedule: '{number if each else 0} 1 * * *', retention: {{keepDaily: {days}}}}}\n"
            for number, name in enumerate(names))
        return f"jobs:\n{lines}"
    return scene


def get(connection, path):
    begin = time.perf_counter()
    connection.request("GET", path)
    body = connection.getresponse().read()
    return (time.perf_counter() - begin) * 1000, body


def measure(program, jobs, days, each):
    scenes.SCENES["measured"] = place(jobs, days, each)
    with scenes.Daemon(program, "measured", PORT) as daemon:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
        changed, fresh, kept, other = [], [], [], []
        for number in range(21):
            daemon.engine.add(int(time.time()) - 7_200 + number, ["job-0"], minutes=0.1)
            get(connection, "/actuator/backups?pattern=none")   # it waits for a look
            changed.append(get(connection, "/")[0])
            get(connection, "/actuator/backups?pattern=none")
            fresh.append(get(connection, "/")[0])
            kept.append(get(connection, "/")[0])
            other.append(get(connection, "/actuator/info")[0])
        page = get(connection, "/")[1]
        metrics = get(connection, "/metrics")[1]
        longest = float(re.search(rb"\noptimize_backup_loop_longest_job_seconds (\S+)", metrics).group(1)) * 1000
    packed = zlib.compressobj(6, zlib.DEFLATED, 31)
    print(FORMAT.format(
        jobs, days * (jobs if each else 1), *(f"{statistics.median(times):.2f}" for times in (changed, fresh, kept, other)), len(page),
        len(packed.compress(page) + packed.flush()), f"{longest:.1f} ms"), flush=True)


print(FORMAT.format("jobs", "backups", "another backup", "nothing new", "kept", "limit", "bytes", "gzip", "longest job"))
for jobs, days, each in ((3, 30, False), (3, 400, False), (3, 400, True), (50, 400, False), (50, 400, True)):
    measure(sys.argv[1], jobs, days, each)
