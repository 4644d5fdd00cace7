"""Measures the daemon: time to READY, memory, threads, and context switches while idle.

usage: daemon.py PROGRAM ENGINE_URL [ACTUATOR_JAR]

A hundred backups are ordered over the API, on indices and a repository of their own that are removed in the end. With a JAR of a
Spring Boot actuator, that service's start and memory are shown beside.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAM, ENGINE = sys.argv[1], sys.argv[2]
NAME = f"benchmark-{os.getpid()}"


def request(method, url, body=None):
    call = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body is not None else None)
    call.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(call, timeout=60) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def switches(pid):
    return sum(
        int(line.split()[1])
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
        for line in (task / "status").read_text().splitlines() if "ctxt_switches" in line)


def prepare():
    request("PUT", f"{ENGINE}/_snapshot/{NAME}", {"type": "fs", "settings": {"location": NAME}})
    for index in ["timestamp-based-import-index_v5", "metadata_v3", "alert_v4"]:
        alias = f"{NAME}-{index.split('_')[0]}"
        request("PUT", f"{ENGINE}/{NAME}-{index}", {"aliases": {alias: {}}, "settings": {"number_of_replicas": 0}})
    request("PUT", f"{ENGINE}/{NAME}-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})


def clean():
    for snapshot in request("GET", f"{ENGINE}/_snapshot/{NAME}/_all")["snapshots"]:
        request("DELETE", f"{ENGINE}/_snapshot/{NAME}/{snapshot['snapshot']}")
    request("DELETE", f"{ENGINE}/_snapshot/{NAME}")
    for index in request("GET", f"{ENGINE}/{NAME}-*/_alias"):
        request("DELETE", f"{ENGINE}/{index}")


def start(folder):
    """Starts the daemon; returns it and the seconds until it told READY."""
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = os.path.join(folder, "notify")
    notify.bind(path)
    config = os.path.join(folder, "config.yaml")
    pathlib.Path(config).write_text(
        f"engine: {{urls: ['{ENGINE}']}}\nbackup: {{repositoryName: {NAME}, indexPrefix: {NAME}}}\n"
        "jobs: {nightly: {schedule: 0 2 * * *, retention: {keepLast: 3, keepDaily: 14}}}\nserver: {port: 18098}\n")
    begin = time.monotonic()
    process = subprocess.Popen(
        [PROGRAM, "--config", config, "serve"], env={"NOTIFY_SOCKET": path, "PATH": "/usr/bin:/bin"},
        stderr=subprocess.DEVNULL)
    while b"READY=1" not in notify.recv(4096):
        pass
    ready = time.monotonic() - begin
    notify.close()
    os.unlink(path)
    return process, ready


def show(words, pid):
    now = status(pid)
    print(f"{words}: resident {int(now['VmRSS'].split()[0]) / 1024:.1f} MiB, of which anonymous "
          f"{int(now['RssAnon'].split()[0]) / 1024:.1f} MiB, {now['Threads']} thread(s)")


def main():
    print(f"binary: {os.path.getsize(PROGRAM) / 1e6:.1f} MB")
    prepare()
    try:
        with tempfile.TemporaryDirectory() as folder:
            times = []
            for _ in range(5):
                process, ready = start(folder)
                times.append(ready)
                process.send_signal(signal.SIGTERM)
                process.wait()
            print(f"start to READY, best and worst of five: {min(times) * 1000:.0f} ms, {max(times) * 1000:.0f} ms")
            process, _ = start(folder)
            show("after the start", process.pid)
            time.sleep(1)
            before = switches(process.pid)
            time.sleep(30)
            print(f"idle for 30 s: {switches(process.pid) - before} context switches")
            api = "http://127.0.0.1:18098/actuator/backups"
            begin = time.monotonic()
            for number in range(1, 101):
                request("POST", api, {"backupId": number})
                while request("GET", f"{api}/{number}")["state"] != "COMPLETED":
                    time.sleep(0.01)
            print(f"a hundred backups: {time.monotonic() - begin:.1f} s")
            show("after them", process.pid)
            time.sleep(1)
            before = switches(process.pid)
            time.sleep(30)
            print(f"idle for 30 s: {switches(process.pid) - before} context switches")
            process.send_signal(signal.SIGTERM)
            process.wait()
    finally:
        clean()
    if len(sys.argv) > 3:
        begin = time.monotonic()
        process = subprocess.Popen(
            ["java", "-jar", sys.argv[3], "--server.port=18097"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                request("GET", "http://127.0.0.1:18097/actuator/health")
                break
            except OSError:
                time.sleep(0.05)
        print(f"Spring Boot actuator: ready after {(time.monotonic() - begin) * 1000:.0f} ms")
        show("Spring Boot actuator", process.pid)
        process.terminate()
        process.wait()


main()
