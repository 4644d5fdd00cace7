#!/usr/bin/env python3
"""A restore by the program beside the same two `_restore` calls, one after the other, in one run.

usage: restore.py PROGRAM ENGINE_URL [--documents N] [--rate BYTES_PER_SECOND] [--rounds N]

It makes an index of part 1 and one of part 2 with documents, and a repository that gives them back at a rate that makes a restore last ten
seconds or more; removes all of it in the end. The ratio is of the medians; what it should be at most is 1.05.
"""
import argparse
import json
import os
import statistics
import subprocess
import time
import urllib.request

NAME = f"benchmark-{os.getpid()}"
INDICES = {1: [f"{NAME}-import-index_v3", f"{NAME}-timestamp-based-import-index_v5"], 2: [f"{NAME}-metadata_v3", f"{NAME}-process-instance-a_v8"]}


def send(url, method, path, body=None, kind="application/json"):
    request = urllib.request.Request(url + path, method=method, data=body and body.encode(), headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


def prepare(url, documents, rate):
    settings = {"location": NAME, "max_restore_bytes_per_sec": f"{rate}b"}
    send(url, "PUT", f"/_snapshot/{NAME}", json.dumps({"type": "fs", "settings": settings}))
    for index in sum(INDICES.values(), []):
        base = index.rpartition("_v")[0]
        send(url, "PUT", f"/{index}", json.dumps({"aliases": {base: {}}, "settings": {"number_of_replicas": 0}}))
        lines = "".join(
            json.dumps({"index": {}}) + "\n" + json.dumps({"schemaVersion": "8.6.0", "key": os.urandom(24).hex(), "number": number}) + "\n"
            for number in range(documents if "metadata" not in index else 1))
        send(url, "POST", f"/{index}/_bulk?refresh=true", lines, "application/x-ndjson")
        send(url, "POST", f"/{index}/_forcemerge?max_num_segments=1")


def delete(url):
    send(url, "DELETE", "/" + ",".join(sum(INDICES.values(), [])))


def raw(url):
    start = time.monotonic()
    for part, indices in INDICES.items():
        path = f"/_snapshot/{NAME}/camunda_optimize_1_8.6.0_part_{part}_of_2/_restore?wait_for_completion=true"
        answer = send(url, "POST", path, json.dumps({"indices": indices, "include_global_state": False}))
        assert answer["snapshot"]["shards"]["failed"] == 0, answer
    return time.monotonic() - start


def program(command, *arguments):
    start = time.monotonic()
    subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("engine")
    parser.add_argument("--documents", type=int, default=15_000)
    parser.add_argument("--rate", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ.update(
        OPTIMIZE_BACKUP_ENGINE_URLS=options.engine, OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME=NAME, OPTIMIZE_BACKUP_BACKUP_INDEX_PREFIX=NAME)
    try:
        prepare(options.engine, options.documents, options.rate)
        program([options.program], "create", "1")
        seconds = {"raw": [], "program": []}
        for _ in range(options.rounds):
            delete(options.engine)
            seconds["raw"].append(raw(options.engine))
            delete(options.engine)
            seconds["program"].append(program([options.program], "restore", "1", "--yes"))
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        for name, values in seconds.items():
            print(f"{name:8} {medians[name]:6.2f} s", *(f"{value:.2f}" for value in values))
        print(f"ratio    {medians['program'] / medians['raw']:6.3f}")
    finally:
        try:
            delete(options.engine)
        finally:
            names = send(options.engine, "GET", f"/_snapshot/{NAME}/_all?verbose=false")["snapshots"]
            for name in names:
                send(options.engine, "DELETE", f"/_snapshot/{NAME}/{name['snapshot']}")
            send(options.engine, "DELETE", f"/_snapshot/{NAME}")


if __name__ == "__main__":
    main()
