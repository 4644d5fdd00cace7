"""Measures what it costs to say how everything stands: /metrics and health, at 10 to 10,000 backups, with 3 and 50 jobs.

usage: standing.py [--settled] PROGRAM [OLDER_PROGRAM] [PEER.jar]

The engine is canned. Shown are one scrape (the median of 51, one after the other), requests in a second by wrk (4 connections for
/metrics, 16 for health), health as a share of the server's own limit (/actuator/info, whose few bytes never change, in the same run),
anonymous memory in the end, and the longest job on the loop of this minute and the last: at the start, and during the scrapes.
--settled waits two minutes between the two, so that the second tells nothing of the start. What is a jar is Spring's actuator, whose
/actuator/prometheus is scraped in the same run. Needs wrk.
"""
import datetime
import http.client
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from canned_engine import Canned

SETTLED = "--settled" in sys.argv
PROGRAMS = [argument for argument in sys.argv[1:] if argument != "--settled" and not argument.endswith(".jar")]
PEERS = [argument for argument in sys.argv[1:] if argument.endswith(".jar")]
PORT = 18095
URL = f"http://127.0.0.1:{PORT}"
COLUMNS = ["program", "jobs", "backups", "scrape", "bytes", "scrapes/s", "health/s", "of limit", "memory", "start", "longest job"]
FORMAT = "{:20} {:>5} {:>8} {:>9} {:>8} {:>10} {:>9} {:>8} {:>8} {:>9} {:>12}"


def backups(count, jobs):
    """Hourly ones until now, each of one job in turn."""
    now = int(time.time()) // 3600 * 3600
    for number in range(count):
        start = now - (count - 1 - number) * 3600
        due = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield start * 1000, {"dueTime": due, "jobs": [f"job-{number % jobs}"], "attempt": 1, "schedule": "0000"}


def get(connection, path):
    connection.request("GET", path)
    return connection.getresponse().read()


def wrk(path, connections):
    """Requests in a second, answered or not, best of three runs of three seconds."""
    best = 0
    for _ in range(3):
        shown = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", "-d3s", "--timeout", "30s", URL + path], capture_output=True, text=True,
            check=True).stdout
        assert "Non-2xx" not in shown, shown
        best = max(best, float(re.search(r"Requests/sec: *([0-9.]+)", shown).group(1)))
    return best


def scrape(connection, path, each=lambda metrics: None):
    """The median of 51 scrapes in milliseconds, and the bytes of the last."""
    times = []
    for _ in range(51):
        begin = time.perf_counter()
        metrics = get(connection, path)
        times.append(time.perf_counter() - begin)
        each(metrics)
    return f"{statistics.median(times) * 1000:.2f} ms", len(metrics)


def measure_peer(jar):
    command = ["java", "-jar", jar, f"--server.port={PORT}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        path = "/actuator/prometheus"
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
        for _ in range(600):
            try:
                get(connection, path)
                break
            except OSError:
                connection.close()
                time.sleep(0.1)
        wrk(path, 4)  # so that its compiler has seen what is measured
        duration, size = scrape(connection, path)
        print(FORMAT.format(os.path.basename(jar)[:20], "-", "-", duration, size, f"{wrk(path, 4):.0f}", *["-"] * 5), flush=True)
    finally:
        process.terminate()
        process.wait()


def longest_job(metrics):
    return float(re.search(rb"\noptimize_backup_loop_longest_job_seconds (\S+)", metrics).group(1))


def measure(program, jobs, count):
    engine = Canned(backups(count, jobs))
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "config.yaml")
        names = "".join(f"  job-{number}: {{schedule: '0 2 1 1 *'}}\n" for number in range(jobs))
        config.write_text(
            f"engine: {{urls: ['http://127.0.0.1:{engine.server_port}']}}\nbackup: {{repositoryName: backups}}\n"
            f"server: {{port: {PORT}}}\njobs:\n{names}")
        process = subprocess.Popen(
            [program, "--config", config, "serve"], stderr=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin"})
        try:
            while "answers on port" not in (line := process.stderr.readline()):
                assert line, f"{program} ended"
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
            while b"\noptimize_backup_repository_up 1" not in (metrics := get(connection, "/metrics")):
                time.sleep(0.2)
            begun = longest_job(metrics)
            # The server closes one that is idle for so long; the next request opens another.
            connection.close()
            # Whatever follows the first look has ended.
            time.sleep(125 if SETTLED else 3)
            get(connection, "/metrics")
            jobs_seen = []
            duration, size = scrape(connection, "/metrics", lambda metrics: jobs_seen.append(longest_job(metrics)))
            longest = max(jobs_seen)
            scrapes, health, limit = wrk("/metrics", 4), wrk("/actuator/health", 16), wrk("/actuator/info", 16)
            longest = max(longest, longest_job(get(connection, "/metrics")))
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            memory = int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) / 1024
        finally:
            process.terminate()
            process.wait()
            engine.shutdown()
    print(FORMAT.format(
        os.path.basename(program), jobs, count, duration, size,
        f"{scrapes:.0f}", f"{health:.0f}", f"{health / limit:.2f}" if limit else "-", f"{memory:.0f} MiB", f"{begun * 1000:.1f} ms",
        f"{longest * 1000:.1f} ms"), flush=True)


print(FORMAT.format(*COLUMNS))
for peer in PEERS:
    measure_peer(peer)
for jobs, count in [(3, 10), (3, 400), (50, 10), (50, 400), (50, 2_000), (50, 10_000)]:
    for program in PROGRAMS:
        measure(program, jobs, count)
