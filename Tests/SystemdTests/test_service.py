"""The daemon under a real systemd; run inside `with-systemd`, in the repository's folder.

usage: test_service.py PROGRAM ENGINE_LAUNCHER [-k PATTERN]
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

PROGRAM, LAUNCHER = sys.argv[1], sys.argv[2]
ENGINE = "http://127.0.0.1:9200"
UNITS = ["optimize-backup.service", "optimize-backup.socket", "optimize-backup@.service", "optimize-backup@.socket"]
DROP_INS = pathlib.Path("/etc/systemd/system/optimize-backup.service.d")
CONFIG = pathlib.Path("/etc/optimize-backup/config.yaml")
GOOD = """
backup: {repositoryName: backups}
jobs:
  nightly: {schedule: "0 2 * * *", timeZone: Europe/Berlin}
server: {port: 8092}
"""


def sh(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    if check and done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def request(method, url, body=None):
    call = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body is not None else None)
    call.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(call, timeout=30) as answer:
        return json.load(answer)


def until(condition, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, ValueError, AssertionError):
            pass
        time.sleep(0.1)
    raise AssertionError("what was waited for did not happen:\n" + sh("journalctl", "-n", "50", check=False))


def journal(*matches):
    sh("journalctl", "--sync")
    lines = sh("journalctl", "--all", "-o", "json", "-u", "optimize-backup", *matches, check=False).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def setUpModule():
    shutil.copy(PROGRAM, "/usr/bin/optimize-backup")
    for unit in UNITS:
        shutil.copy(f"systemd/{unit}", f"/etc/systemd/system/{unit}")
    pathlib.Path("/etc/systemd/system/optimize-backup.socket").unlink()
    shutil.copy("systemd/optimize-backup.catalog", "/usr/lib/systemd/catalog/optimize-backup.catalog")
    sh("journalctl", "--update-catalog")
    CONFIG.parent.mkdir(exist_ok=True)
    CONFIG.write_text(GOOD)
    pathlib.Path("/etc/systemd/system/engine.service").write_text(
        f"[Service]\nEnvironment=HOME=/var/tmp PATH={os.environ['PATH']}\nSuccessExitStatus=143\n"
        f"ExecStart={LAUNCHER} elasticsearch-8 --port 9200 --home /var/tmp/engine\n")
    sh("systemctl", "daemon-reload")
    sh("systemctl", "start", "engine")
    until(lambda: request("GET", ENGINE), 90)
    request("PUT", f"{ENGINE}/_snapshot/backups", {"type": "fs", "settings": {"location": "backups"}})
    for index in ["timestamp-based-import-index_v5", "metadata_v3"]:
        alias = f"optimize-{index.split('_')[0]}"
        request("PUT", f"{ENGINE}/optimize-{index}", {"aliases": {alias: {}}, "settings": {"number_of_replicas": 0}})
    request("PUT", f"{ENGINE}/optimize-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})


class Service(unittest.TestCase):
    def test_1_units_are_sound(self):
        for name in ["optimize-backup.service", "optimize-backup@one.service", "optimize-backup@one.socket"]:
            done = subprocess.run(["systemd-analyze", "verify", name], capture_output=True, text=True)
            self.assertNotIn("optimize-backup", done.stdout + done.stderr)
        folder = pathlib.Path("/var/tmp/units")
        folder.mkdir()
        shutil.copy("systemd/optimize-backup@.service", folder / "optimize-backup@one.service")
        unit = pathlib.Path("systemd/optimize-backup.service").read_text()
        (folder / "optimize-backup.service").write_text(unit)
        self.assertLessEqual(self.exposure(folder / "optimize-backup.service"), 1.1)
        self.assertLessEqual(self.exposure(folder / "optimize-backup@one.service"), 1.1)
        loopback = pathlib.Path("systemd/drop-ins/loopback.conf").read_text()
        (folder / "optimize-backup.service").write_text(unit + loopback)
        self.assertLessEqual(self.exposure(folder / "optimize-backup.service"), 0.9)

    def exposure(self, unit):
        rating = sh("systemd-analyze", "security", "--offline=yes", str(unit), check=False)
        return float(rating.split("exposure level for")[1].split(":")[1].split()[0])

    def test_2_start_waits_for_ready(self):
        sh("systemctl", "start", "optimize-backup")
        # READY comes once the socket listens and the first look has ended: no waiting here.
        self.assertIn(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], ["UP", "UNKNOWN"])
        status = sh("systemctl", "status", "optimize-backup")
        self.assertRegex(status, r'Status: "next run: nightly at \d{4}-\d\d-\d\dT02:00:00\+0[12]:00"')

    def test_3_the_journal_has_the_fields(self):
        request("POST", "http://127.0.0.1:8092/actuator/backups", {"backupId": 7})
        until(lambda: request("GET", "http://127.0.0.1:8092/actuator/backups/7")["state"] == "COMPLETED")
        until(lambda: journal("BACKUP_STATE=COMPLETED"))
        entry = journal("BACKUP_STATE=COMPLETED")[0]
        self.assertEqual(entry["BACKUP_ID"], "7")
        self.assertEqual(entry["REPOSITORY"], "backups")
        self.assertEqual(entry["PRIORITY"], "5")
        self.assertEqual(entry["SYSLOG_IDENTIFIER"], "optimize-backup")
        self.assertRegex(entry["MESSAGE_ID"], r"^[0-9a-f]{32}$")
        self.assertGreaterEqual(int(entry["DURATION_USEC"]), 0)
        self.assertTrue(entry["MESSAGE"])
        self.assertEqual(entry["CODE_FILE"], "Backups/BackupRun+Finish.swift")
        self.assertGreater(int(entry["CODE_LINE"]), 0)
        self.assertTrue(entry["CODE_FUNC"])
        self.assertIn("Subject: Backup 7 is COMPLETED", sh("journalctl", "-x", "-u", "optimize-backup"))
        parts = [entry["SNAPSHOT"] for entry in journal("BACKUP_STATE=IN_PROGRESS")]
        self.assertEqual(parts, ["camunda_optimize_7_8.6.0_part_1_of_2"])

    def test_4_a_broken_configuration_changes_nothing(self):
        CONFIG.write_text(GOOD.replace('"0 2 * * *"', '"0 25 * * *"').replace("repositoryName", "repositroyName"))
        self.assertNotEqual(subprocess.run(["systemctl", "reload", "optimize-backup"], timeout=60).returncode, 0)
        until(lambda: "stays in force" in self.status())
        status = sh("systemctl", "status", "optimize-backup")
        self.assertIn("active (running)", status)
        self.assertRegex(status, "configuration refused at .*config.yaml:2:")
        messages = [entry["MESSAGE"] for entry in journal("PRIORITY=3")]
        self.assertTrue(any("repositroyName" in text and "'25' is no hour" in text for text in messages), messages)
        metrics = urllib.request.urlopen("http://127.0.0.1:8092/metrics").read().decode()
        self.assertIn("optimize_backup_configuration_last_reload_successful 0", metrics)
        self.assertIn('optimize_backup_next_run_timestamp_seconds{backup_job="nightly"}', metrics)
        health = sh("curl", "-s", "http://127.0.0.1:8092/actuator/health")
        self.assertEqual(json.loads(health)["components"]["configuration"]["status"], "DOWN", health)

    def test_5_a_good_one_is_taken(self):
        CONFIG.write_text(GOOD.replace("nightly", "weekly").replace("* * *\"", "* * 0\""))
        sh("systemctl", "reload", "optimize-backup")
        until(lambda: "next run: weekly" in sh("systemctl", "status", "optimize-backup"))
        metrics = urllib.request.urlopen("http://127.0.0.1:8092/metrics").read().decode()
        self.assertIn("optimize_backup_configuration_last_reload_successful 1", metrics)
        self.assertIn(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], ["UP", "UNKNOWN"])
        self.assertNotIn('backup_job="nightly"', metrics)
        # A reload takes a changed tzdata, too, though the configuration is as it was.
        shutil.copyfile("/usr/share/zoneinfo/Asia/Kolkata", "/usr/share/zoneinfo/Europe/Berlin")
        sh("systemctl", "reload", "optimize-backup")
        until(lambda: "T02:00:00+05:30" in sh("systemctl", "status", "optimize-backup"))

    def drop_in(self, *lines):
        DROP_INS.mkdir(exist_ok=True)
        (DROP_INS / "test.conf").write_text("[Service]\n" + "".join(f"{line}\n" for line in lines))
        sh("systemctl", "daemon-reload")

        def remove():
            (DROP_INS / "test.conf").unlink(missing_ok=True)
            sh("systemctl", "daemon-reload")

        self.addCleanup(remove)

    def pid(self):
        return sh("systemctl", "show", "-P", "MainPID", "optimize-backup").strip()

    def status(self):
        return sh("systemctl", "show", "-P", "StatusText", "optimize-backup").strip()

    def expect_restart(self, before):
        until(lambda: self.pid() not in ("0", before), 60)

    QUICK = ["WatchdogSec=2s", "RestartSec=0", "TimeoutAbortSec=1s", "TimeoutStopSec=3s", "Environment=OPTIMIZE_BACKUP_TEST_PATIENCE=4"]

    def test_6_a_hung_daemon_is_restarted(self):
        CONFIG.write_text(GOOD)
        self.drop_in(*self.QUICK)
        sh("systemctl", "restart", "optimize-backup")
        pid = self.pid()
        time.sleep(5)  # longer than the watchdog's limit: the beats keep it alive
        self.assertEqual(pid, self.pid())
        os.kill(int(pid), 19)
        self.expect_restart(pid)
        until(lambda: request("GET", "http://127.0.0.1:8092/actuator/health")["status"] in ("UP", "UNKNOWN"))
        for hang, words in [("loop", None), ("operation", "neither asked the engine"), ("scheduler", "was left lying by the scheduler")]:
            told = len(journal("PRIORITY=3", "SYSLOG_IDENTIFIER=optimize-backup"))
            self.drop_in(*self.QUICK, f"Environment=OPTIMIZE_BACKUP_TEST_HANG={hang}")
            subprocess.run(["systemctl", "restart", "optimize-backup"], timeout=60)
            pid = self.pid()

            def is_restarted():
                # Each list looks at the repository anew: that others hear of the engine is no sign of life of what hangs.
                subprocess.run(["curl", "-sm1", "http://127.0.0.1:8092/actuator/backups"], capture_output=True)
                return self.pid() not in ("0", pid)

            until(is_restarted, 60)
            messages = [entry["MESSAGE"] for entry in journal("PRIORITY=3", "SYSLOG_IDENTIFIER=optimize-backup")[told:]]
            self.assertEqual([text for text in messages if "beat is sent" in text] != [], words is not None, messages)
            self.assertTrue(words is None or any(words in text for text in messages), messages)
        self.drop_in(*self.QUICK)
        sh("systemctl", "restart", "optimize-backup")

    def test_6_a_slow_engine_gets_nobody_restarted(self):
        self.slow('engine: {requestTimeout: 2s}')
        pid = self.pid()
        request("POST", "http://127.0.0.1:8092/actuator/backups", {"backupId": 23})
        until(lambda: "part 1 of 2" in self.status())
        sh("systemctl", "kill", "--signal=STOP", "engine")
        try:
            time.sleep(12)  # three times what an operation may be silent
        finally:
            sh("systemctl", "kill", "--signal=CONT", "engine")
        self.assertIn("backup 23: part ", self.status())
        until(lambda: request("GET", "http://127.0.0.1:8092/actuator/backups/23")["state"] == "COMPLETED", 90)
        self.assertEqual(pid, self.pid())

    def test_6_a_killed_daemon_goes_on(self):
        names = self.slow()
        for end in ["kill", "stop"]:
            started = request("POST", "http://127.0.0.1:8092/actuator/backups", {"backupId": names[end]})
            self.assertIn("scheduled", started["message"])
            until(lambda: "part 1 of 2" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))
            pid = self.pid()
            if end == "kill":
                os.kill(int(pid), 9)
                self.expect_restart(pid)
            else:
                sh("systemctl", "stop", "optimize-backup")
                self.assertEqual(sh("systemctl", "show", "-P", "Result", "optimize-backup").strip(), "success")
                sh("systemctl", "start", "optimize-backup")
            address = f"http://127.0.0.1:8092/actuator/backups/{names[end]}"
            until(lambda: request("GET", address)["state"] == "COMPLETED", 90)
        seen = [entry["MESSAGE"] for entry in journal()]
        self.assertTrue(any("going on with it" in text for text in seen), seen[-20:])

    def slow(self, more=""):
        """Lets the daemon write into a repository that takes some seconds; returns ids for its backups."""
        random = os.urandom(300_000).hex()
        request("PUT", f"{ENGINE}/optimize-timestamp-based-import-index_v5/_doc/1?refresh=true",
                {"text": [random[i:i + 10_000] for i in range(0, len(random), 10_000)]})
        request("PUT", f"{ENGINE}/_snapshot/slow", {
            "type": "fs", "settings": {"location": "slow", "max_snapshot_bytes_per_sec": "100kb"}})
        CONFIG.write_text(GOOD.replace("backups}", "slow}") + more)
        self.drop_in(*self.QUICK)
        sh("systemctl", "restart", "optimize-backup")
        return {"kill": 21, "stop": 22}

    def test_6_it_starts_before_its_engine(self):
        CONFIG.write_text(GOOD)
        sh("systemctl", "stop", "optimize-backup", "engine")
        start = time.monotonic()
        sh("systemctl", "start", "optimize-backup")
        self.assertLess(time.monotonic() - start, 15)
        self.assertIn("trouble: ", sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))
        health = json.loads(sh("curl", "-s", "http://127.0.0.1:8092/actuator/health"))
        self.assertEqual(health["components"]["engine"]["status"], "DOWN", health)
        sh("systemctl", "start", "engine")
        until(lambda: "next run: nightly" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"), 120)

    def test_6_credentials_come_by_systemd(self):
        store = pathlib.Path("/etc/credstore")
        store.mkdir(mode=0o700, exist_ok=True)
        (store / "optimize-backup.engine-password").write_text("secret")
        CONFIG.write_text(GOOD + "engine: {username: me, passwordFile: optimize-backup.engine-password}\n")
        sh("systemctl", "restart", "optimize-backup")
        self.assertIn(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], ["UP", "UNKNOWN"])
        # What checks a reload can't read it, and need not.
        CONFIG.write_text(CONFIG.read_text().replace("nightly", "weekly"))
        sh("systemctl", "reload", "optimize-backup")
        until(lambda: "next run: weekly" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))
        messages = [entry["MESSAGE"] for entry in journal()]
        self.assertTrue(any("engine.passwordFile: systemd puts a changed credential" in text for text in messages), messages[-5:])
        # One that is not there is told with its name.
        CONFIG.write_text(GOOD + "engine: {username: me, passwordFile: optimize-backup.nothing}\n")
        self.assertNotEqual(subprocess.run(["systemctl", "restart", "optimize-backup"], timeout=60).returncode, 0)
        entry = journal("PRIORITY=3", "SYSLOG_IDENTIFIER=optimize-backup")[-1]
        self.assertIn("engine.passwordFile: there is no readable file", entry["MESSAGE"])
        self.assertRegex(entry["MESSAGE_ID"], r"^[0-9a-f]{32}$")
        self.assertIn("The daemon could not start", sh("journalctl", "-x", "-u", "optimize-backup", "PRIORITY=3"))
        if shutil.which("systemd-creds"):
            encrypted = store.parent / "credstore.encrypted"
            encrypted.mkdir(mode=0o700, exist_ok=True)
            made = subprocess.run(
                ["systemd-creds", "encrypt", "--with-key=host", "--name=optimize-backup.sealed", "-", str(encrypted / "optimize-backup.sealed")],
                input="secret", text=True, capture_output=True)
            self.assertEqual(made.returncode, 0, made.stderr)
            self.drop_in("LoadCredentialEncrypted=optimize-backup.sealed")
            CONFIG.write_text(GOOD + "engine: {username: me, passwordFile: optimize-backup.sealed}\n")
            sh("systemctl", "restart", "optimize-backup")
            self.assertIn(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], ["UP", "UNKNOWN"])
        CONFIG.write_text(GOOD)
        sh("systemctl", "restart", "optimize-backup")

    def test_6_a_pause_is_told(self):
        sh("curl", "-sf", "-XPOST", "http://127.0.0.1:8092/actuator/jobs/nightly/pause")
        until(lambda: "no run is due; paused: nightly" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))
        sh("curl", "-sf", "-XPOST", "http://127.0.0.1:8092/actuator/jobs/nightly/resume")
        until(lambda: "next run: nightly" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))

    # What an entry says that is the same each night, and what stands for the rest.
    KEPT = ["MESSAGE", "MESSAGE_ID", "PRIORITY", "REQUESTED_BY", "BACKUP_JOB", "BACKUP_STATE", "BACKUP_PART", "ATTEMPT", "ERROR",
            "ENGINE_ERROR_TYPE", "ENGINE_STATUS", "SETTING", "CODE_FILE"]
    STABLE = [(r"\d{14}", "ID"), (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", "TIME"), (r"after \d+ ms|in \d+(\.\d+)? (ms|s)\b", "in DURATION"),
              (r"\d+(\.\d+)? (B|KiB|MiB)\b", "SIZE"), (r"\w+\.?\w* (has failed \d+ times|failed) and is asked again", "OPERATION failed and is asked again"),
              (r"\w+\.?\w* had failed (\d+ times|once)", "OPERATION had failed"), (r"attempt \d+ of 20", "attempt N of 20"),
              (r"/[\w-]{22}\]", "/UUID]"), (r"http\S+/reference/\S+", "URL")]

    def night(self, name, jobs, before=lambda: None, then=lambda: None, last="COMPLETED"):
        """Lets a fire time come, and compares what the journal says with what it said before."""
        due = time.time() + 15
        at = time.gmtime(due)
        CONFIG.write_text(f"backup: {{repositoryName: backups}}\njobs:\n  nightly: {{schedule: '{at.tm_sec} {at.tm_min} {at.tm_hour} * * *', {jobs}}}\n")
        sh("systemctl", "restart", "optimize-backup")
        time.sleep(1.1)
        since = int(time.time())
        before()
        time.sleep(max(due + 3 - time.time(), 0))
        then()

        def entries():
            sh("journalctl", "--sync")
            lines = sh("journalctl", "--all", "-o", "json", f"--since=@{since}", "-u", "optimize-backup", "SYSLOG_IDENTIFIER=optimize-backup")
            return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]

        until(lambda: any(last in entry["MESSAGE"] for entry in entries()), 120)
        time.sleep(1)
        told = []
        for entry in entries():
            reduced = {key: entry[key] for key in self.KEPT if key in entry}
            for pattern, word in self.STABLE:
                reduced["MESSAGE"] = re.sub(pattern, word, reduced["MESSAGE"])
            if "attempt N" in reduced["MESSAGE"]:
                reduced.pop("ATTEMPT", None)
            # How often something was tried, and what first, depends on how long it took.
            if reduced not in told:
                told.append(reduced)
        told.sort(key=lambda entry: (entry["PRIORITY"], entry["MESSAGE"]))
        text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
        golden = pathlib.Path(f"Tests/SystemdTests/Golden/{name}.json")
        if os.environ.get("OPTIMIZE_BACKUP_TEST_RECORD") == "1":
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text)
        self.assertEqual(text, golden.read_text())

    def test_6_nights_are_told_as_ever(self):
        request("DELETE", f"{ENGINE}/_snapshot/backups")
        request("PUT", f"{ENGINE}/_snapshot/backups", {"type": "fs", "settings": {"location": "nights"}})
        self.night("good-night", "retention: {keepLast: 1}")
        self.night(
            "engine-down", "retention: {keepLast: 5}", before=lambda: sh("systemctl", "stop", "engine"),
            then=lambda: sh("systemctl", "start", "engine"))
        request("PUT", f"{ENGINE}/optimize-report_v4?wait_for_active_shards=0", {
            "aliases": {"optimize-report": {}}, "settings": {"number_of_replicas": 0, "index.routing.allocation.require._name": "nobody"}})
        try:
            self.night("failing-part", "retry: {attempts: 1}", last="failed, attempt")
        finally:
            request("DELETE", f"{ENGINE}/optimize-report_v4")
            CONFIG.write_text(GOOD)
            sh("systemctl", "restart", "optimize-backup")

    def test_7_stop_is_clean(self):
        clients = []
        for head in [b"", b"GET / HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"] * 100:
            clients.append(socket.create_connection(("127.0.0.1", 8092)))
            clients[-1].sendall(head)
        start = time.monotonic()
        sh("systemctl", "stop", "optimize-backup")
        self.assertLess(time.monotonic() - start, 6)
        for client in clients:
            client.close()
        shown = sh("systemctl", "show", "-P", "Result", "optimize-backup").strip()
        self.assertEqual(shown, "success")

    def test_8_a_socket_is_taken_over(self):
        shutil.copy("systemd/optimize-backup.socket", "/etc/systemd/system/optimize-backup.socket")
        sh("systemctl", "daemon-reload")
        sh("systemctl", "start", "optimize-backup.socket")
        self.assertEqual(sh("systemctl", "is-active", "optimize-backup", check=False).strip(), "inactive")
        self.assertIn(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], ["UP", "UNKNOWN"])
        # No request is lost by a restart, whenever it comes.
        script = "import urllib.request as u, time, sys\nfor n in range(60):\n    u.urlopen('http://127.0.0.1:8092/metrics', timeout=30).read(); time.sleep(0.05)"
        with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) as client:
            for _ in range(3):
                time.sleep(0.7)
                sh("systemctl", "restart", "optimize-backup")
            self.assertEqual(client.wait(timeout=60), 0, client.stderr.read())
        sh("systemctl", "stop", "optimize-backup.socket", "optimize-backup.service")

    def test_8_two_instances_share_a_repository(self):
        for name, prefix in [("one", "optimize"), ("two", "second")]:
            CONFIG.with_name(f"{name}.yaml").write_text(
                f"backup: {{repositoryName: backups, indexPrefix: {prefix}}}\njobs: {{nightly: {{schedule: '0 2 * * *'}}}}\n"
                "engine: {username: me, passwordFile: optimize-backup.engine-password}\n")
            # Each has secrets of its own.
            secret = pathlib.Path(f"/etc/credstore/optimize-backup.{name}.engine-password")
            secret.parent.mkdir(mode=0o700, exist_ok=True)
            secret.write_text(name)
        for index in ["timestamp-based-import-index_v5", "metadata_v3"]:
            request("PUT", f"{ENGINE}/second-{index}", {"aliases": {f"second-{index.split('_')[0]}": {}}, "settings": {"number_of_replicas": 0}})
        request("PUT", f"{ENGINE}/second-metadata_v3/_doc/1?refresh=true", {"schemaVersion": "8.6.0"})
        sh("systemctl", "start", "optimize-backup@one.socket", "optimize-backup@two.socket")

        def ask(name, *words):
            return sh("curl", "-sfm", "60", "--unix-socket", f"/run/optimize-backup-{name}.socket", *words)

        try:
            for name, number in [("one", 31), ("two", 32)]:
                ask(name, "-XPOST", "-HContent-Type: application/json", f'-d{{"backupId":{number}}}', "http://localhost/actuator/backups")
            for name, number in [("one", 31), ("two", 32)]:
                until(lambda: json.loads(ask(name, f"http://localhost/actuator/backups/{number}"))["state"] == "COMPLETED", 60)
            self.assertEqual([each["backupId"] for each in json.loads(ask("two", "http://localhost/actuator/backups"))], [32])
        finally:
            sh("systemctl", "stop", *[f"optimize-backup@{name}.{kind}" for name in ("one", "two") for kind in ("socket", "service")])

    def test_8_sockets_of_every_kind(self):
        unit = pathlib.Path("/etc/systemd/system/optimize-backup.socket")

        def with_sockets(*lines):
            sh("systemctl", "stop", "optimize-backup.socket", "optimize-backup.service")
            unit.write_text("[Socket]\n" + "".join(f"{line}\n" for line in lines))
            sh("systemctl", "daemon-reload")
            sh("systemctl", "reset-failed", "optimize-backup.socket", "optimize-backup.service", check=False)
            sh("systemctl", "start", "optimize-backup.socket")

        def without_sockets():
            sh("systemctl", "stop", "optimize-backup.socket", "optimize-backup.service")
            unit.unlink(missing_ok=True)
            CONFIG.write_text(GOOD)
            sh("systemctl", "daemon-reload")

        self.addCleanup(without_sockets)
        # All of them are served, however many there are.
        with_sockets("ListenStream=127.0.0.1:8092", "ListenStream=[::1]:8093", "ListenStream=/run/ob.sock")
        for where in ["http://127.0.0.1:8092", "http://[::1]:8093"], ["--unix-socket", "/run/ob.sock", "http://localhost"]:
            for url in [word for word in where if word.startswith("http")]:
                options = [word for word in where if not word.startswith("http")]
                self.assertIn('"UP"', sh("curl", "-sSgm", "20", *options, f"{url}/actuator/health"))
        messages = [entry["MESSAGE"] for entry in journal()]
        self.assertTrue(any("answers on port 8092, port 8093, /run/ob.sock, 1 job" in text for text in messages), messages)
        # What takes no connections, or takes them from anywhere, is a mistake that no restart mends.
        for line, words in [
            ("ListenDatagram=127.0.0.1:8094", "is no stream socket"), ("ListenSequentialPacket=/run/ob.packet", "is no stream socket"),
            ("ListenFIFO=/run/ob.fifo", "is no socket"), ("ListenStream=0.0.0.0:8094", "set server.allowInsecure"),
        ]:
            told = len(journal())
            with_sockets("ListenStream=127.0.0.1:8092", line)
            self.assertNotEqual(subprocess.run(["systemctl", "start", "optimize-backup"], timeout=60).returncode, 0, line)
            self.assertEqual(sh("systemctl", "show", "-P", "ExecMainStatus", "optimize-backup").strip(), "78", line)
            self.assertEqual(sh("systemctl", "show", "-P", "NRestarts", "optimize-backup").strip(), "0", line)
            said = [entry["MESSAGE"] for entry in journal()]
            self.assertIn(words, "\n".join(text for text in said[told:] if "LISTEN_FDS" in text), line)
        CONFIG.write_text(GOOD.replace("port: 8092", "port: 8092, allowInsecure: true"))
        sh("systemctl", "start", "optimize-backup")
        self.assertIn('"UP"', sh("curl", "-sSm", "20", "http://127.0.0.1:8094/actuator/health"))

    def test_8_a_socket_gives_a_wrong_configuration_up(self):
        CONFIG.write_text(GOOD.replace("nightly", "Nightly"))
        unit = pathlib.Path("/etc/systemd/system/optimize-backup.socket")
        shutil.copy("systemd/optimize-backup.socket", unit)
        sh("systemctl", "daemon-reload")
        sh("systemctl", "reset-failed", "optimize-backup.socket", "optimize-backup.service", check=False)
        started = time.time()
        sh("systemctl", "start", "optimize-backup.socket")
        with socket.create_connection(("127.0.0.1", 8092)) as client:
            client.sendall(b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            until(lambda: sh("systemctl", "show", "-P", "Result", "optimize-backup.socket").strip() == "trigger-limit-hit")
        told = [entry for entry in journal("PRIORITY=3", f"--since=@{int(started)}", "SYSLOG_IDENTIFIER=optimize-backup")]
        self.assertTrue(0 < len(told) < 40 and all("Nightly" in entry["MESSAGE"] for entry in told), told)
        # Once it is mended, two commands bring it back, as the documentation says.
        CONFIG.write_text(GOOD)
        sh("systemctl", "reset-failed", "optimize-backup.socket", "optimize-backup.service")
        sh("systemctl", "start", "optimize-backup.socket")
        self.assertIn(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], ["UP", "UNKNOWN"])
        sh("systemctl", "stop", "optimize-backup.socket", "optimize-backup.service")
        unit.unlink()
        sh("systemctl", "daemon-reload")

    def test_9_a_wrong_command_line_is_told_at_err(self):
        self.drop_in("ExecStart=", "ExecStart=/usr/bin/optimize-backup serve --prot 8092")
        self.assertNotEqual(subprocess.run(["systemctl", "start", "optimize-backup"], timeout=60).returncode, 0)
        self.assertEqual(sh("systemctl", "show", "-P", "ExecMainStatus", "optimize-backup").strip(), "64")
        self.assertEqual(sh("systemctl", "show", "-P", "NRestarts", "optimize-backup").strip(), "0")
        entry = journal("PRIORITY=3", "SYSLOG_IDENTIFIER=optimize-backup")[-1]
        self.assertIn("--prot", entry["MESSAGE"])
        self.assertNotIn("<3>", entry["MESSAGE"])

    def test_9_a_broken_configuration_is_not_tried_again(self):
        CONFIG.write_text(GOOD.replace("nightly", "Nightly"))
        self.assertNotEqual(subprocess.run(["systemctl", "start", "optimize-backup"], timeout=60).returncode, 0)
        until(lambda: sh("systemctl", "show", "-P", "ActiveState", "optimize-backup").strip() == "failed")
        self.assertEqual(sh("systemctl", "show", "-P", "ExecMainStatus", "optimize-backup").strip(), "78")
        self.assertEqual(sh("systemctl", "show", "-P", "NRestarts", "optimize-backup").strip(), "0")

    def test_a_a_long_reason_holds_up_nothing(self):
        reason = "bad\r\nSTOPPING=1\r\nMAINPID=1\r\n" + 300_000 * "x"
        body = json.dumps({"error": {"type": "some_exception", "reason": reason}, "status": 500})
        engine = pathlib.Path("/var/tmp/refusal.json")
        engine.write_text(body)
        script = pathlib.Path("Tests/CommandsTests/Scripts/engine.py").resolve()
        with subprocess.Popen(["/usr/bin/python3", script, "500", engine], stdout=subprocess.PIPE, text=True) as refusing:
            try:
                port = refusing.stdout.readline().strip()
                CONFIG.write_text(GOOD + f'engine: {{urls: ["http://127.0.0.1:{port}"]}}\n')
                sh("systemctl", "restart", "optimize-backup")
                self.assertEqual(sh("systemctl", "is-active", "optimize-backup").strip(), "active")
                status = sh("systemctl", "show", "-P", "StatusText", "optimize-backup").strip()
                self.assertIn("bad STOPPING=1 MAINPID=1 xxx", status)
                self.assertEqual(len(status.splitlines()), 1)
                # However long, and of how many lines, the journal has all of it.
                texts = [entry["MESSAGE"] for entry in journal("PRIORITY=4")]
                self.assertTrue(any(300_000 * "x" in text for text in texts), [len(text) for text in texts])
                CONFIG.write_text(CONFIG.read_text() + "".join(f"mistake{n}: 1\n" for n in range(200)))
                sh("systemctl", "reload", "optimize-backup", check=False)
                until(lambda: "stays in force" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))
                self.assertEqual(sh("systemctl", "is-active", "optimize-backup").strip(), "active")
            finally:
                sh("systemctl", "stop", "optimize-backup", check=False)
                refusing.kill()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
