"""Counts what a look at the repository costs: requests, and bytes of the engine's answers, at 10, 400 and 10,000 backups.

usage: look.py PROGRAM [OLDER_PROGRAM]

The engine is canned: it answers with so many finished backups of thirty indices each. The first look
is the one at the daemon's start, which reads all; the second and the third are made by a GET of the list of backups, and find everything
known. What the names alone weigh is shown beside.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

from canned_engine import Canned

SHOWN = ("first", "second", "third")


def settled(engine):
    """What the engine was asked until it is asked no more."""
    before = -1
    while engine.requests != before:
        before = engine.requests
        time.sleep(2)
    return engine.requests, engine.bytes


def measure(program, count):
    engine = Canned([(1_790_000_000_000 + number * 86_400_000, {}) for number in range(count)])
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "config.yaml")
        pathlib.Path(config).write_text(
            f"engine: {{urls: ['http://127.0.0.1:{engine.server_port}']}}\nbackup: {{repositoryName: backups}}\n"
            "server: {port: 18096}\n")
        process = subprocess.Popen(
            [program, "--config", config, "serve"], stderr=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin"})
        line = process.stderr.readline()
        while "answers on port" not in line:
            assert line, f"{program} ended"
            line = process.stderr.readline()
        # The daemon looks at its start by itself: that is the first.
        looks = [settled(engine)]
        for _ in SHOWN[1:]:
            engine.requests, engine.bytes = 0, 0
            urllib.request.urlopen("http://127.0.0.1:18096/actuator/backups", timeout=300).read()
            looks.append((engine.requests, engine.bytes))
        process.terminate()
        process.wait()
    names = [{key: s[key] for key in ("snapshot", "uuid", "state")} for s in engine.snapshots.values()]
    engine.shutdown()
    return looks, len(json.dumps({"snapshots": names}, separators=(",", ":")))


print(f"{'program':24} {'backups':>8} {'look':>7} {'requests':>9} {'bytes':>12} {'of the names':>13}")
for program in sys.argv[1:]:
    for count in (10, 400, 10_000):
        looks, names = measure(program, count)
        for shown, (requests, size) in zip(SHOWN, looks):
            print(f"{os.path.basename(program):24} {count:8} {shown:>7} {requests:9} {size:12} {size / names:12.2f}×")
