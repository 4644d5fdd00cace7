"""Measures what doing nothing costs under systemd, for five minutes: the daemon with ten jobs, beside Spring's actuator and supercronic.

usage: with-systemd /usr/bin/python3 Benchmarks/idle.py PROGRAM ENGINE_LAUNCHER PEERS_FOLDER [SECONDS]

PROGRAM is a release build. Shown are, of all threads together, context switches, CPU time, and anonymous memory in the end; for the daemon also how
many beats of the watchdog there were. The peers' schedules come once a day, as the daemon's do.
"""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request

PROGRAM, LAUNCHER, PEERS = sys.argv[1:4]
SECONDS = int(sys.argv[4]) if len(sys.argv) > 4 else 300
UNITS = pathlib.Path("/etc/systemd/system")
WATCHDOG = 30


def sh(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def ask(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def until(url):
    for _ in range(900):
        try:
            return ask(url)
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def sample(unit):
    """Context switches, seconds of CPU, and KiB of anonymous memory."""
    pid = sh("systemctl", "show", "-P", "MainPID", unit).strip()
    switches = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        switches += sum(int(count) for count in re.findall(r"ctxt_switches:\s+(\d+)", pathlib.Path(path).read_text()))
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    memory = int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))
    return switches, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), memory


def main():
    shutil.copy(PROGRAM, "/usr/bin/optimize-backup")
    shutil.copy("systemd/optimize-backup.service", UNITS)
    jobs = "".join(f"  job-{n}: {{schedule: '{n} 3 * * *'}}\n" for n in range(10))
    pathlib.Path("/etc/optimize-backup").mkdir(exist_ok=True)
    pathlib.Path("/etc/optimize-backup/config.yaml").write_text(f"backup: {{repositoryName: backups}}\njobs:\n{jobs}")
    environment = f"Environment=HOME=/var/tmp PATH={os.environ['PATH']}"
    (UNITS / "engine.service").write_text(
        f"[Service]\n{environment}\nExecStart={LAUNCHER} elasticsearch-8 --port 9200 --home /var/tmp/engine\n")
    java = shutil.which("java")
    (UNITS / "actuator.service").write_text(f"[Service]\n{environment}\nExecStart={java} -jar {PEERS}/actuator-peer.jar --server.port=8091\n")
    pathlib.Path("/var/tmp/crontab").write_text("".join(f"{n} 3 * * * true\n" for n in range(10)))
    (UNITS / "supercronic.service").write_text(f"[Service]\n{environment}\nExecStart={PEERS}/supercronic /var/tmp/crontab\n")
    sh("systemctl", "daemon-reload")
    sh("systemctl", "start", "engine", "actuator", "supercronic")
    until("http://127.0.0.1:9200")
    body = b'{"type":"fs","settings":{"location":"backups"}}'
    urllib.request.urlopen(urllib.request.Request(
        "http://127.0.0.1:9200/_snapshot/backups", data=body, method="PUT", headers={"Content-Type": "application/json"}))
    sh("systemctl", "start", "optimize-backup")
    time.sleep(30)
    units = ["optimize-backup", "actuator", "supercronic"]
    before = {unit: sample(unit) for unit in units}
    time.sleep(SECONDS)
    print(f"{SECONDS} s idle: watchdog's beats {SECONDS // (WATCHDOG // 2)}")
    print(f"{'':16} {'switches':>9} {'CPU s':>7} {'RssAnon':>10}")
    for unit in units:
        after = sample(unit)
        print(f"{unit:16} {after[0] - before[unit][0]:>9} {after[1] - before[unit][1]:>7.2f} {after[2] / 1024:>6.1f} MiB")


main()
