"""The daemon under a real systemd; run inside `with-systemd`, in the repository's folder.

usage: test_service.py PROGRAM ENGINE_LAUNCHER
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

PROGRAM, LAUNCHER = sys.argv[1], sys.argv[2]
ENGINE = "http://127.0.0.1:9200"
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
    lines = sh("journalctl", "-o", "json", "-u", "optimize-backup", *matches, check=False).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def setUpModule():
    shutil.copy(PROGRAM, "/usr/bin/optimize-backup")
    shutil.copy("systemd/optimize-backup.service", "/etc/systemd/system/optimize-backup.service")
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
    def test_1_unit_is_sound(self):
        done = subprocess.run(
            ["systemd-analyze", "verify", "/etc/systemd/system/optimize-backup.service"], capture_output=True, text=True)
        self.assertNotIn("optimize-backup", done.stdout + done.stderr)
        rating = sh("systemd-analyze", "security", "--offline=yes", "systemd/optimize-backup.service", check=False)
        self.assertLess(float(rating.split("exposure level for")[1].split(":")[1].split()[0]), 2.0, rating)

    def test_2_start_waits_for_ready(self):
        sh("systemctl", "start", "optimize-backup")
        # READY comes once the socket listens and the first look has ended: no waiting here.
        self.assertEqual(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], "UP")
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
        self.assertEqual(parts, [f"camunda_optimize_7_8.6.0_part_{part}_of_2" for part in (1, 2)])

    def test_4_a_broken_configuration_changes_nothing(self):
        CONFIG.write_text(GOOD.replace('"0 2 * * *"', '"0 25 * * *"').replace("repositoryName", "repositroyName"))
        sh("systemctl", "reload", "optimize-backup", check=False)
        until(lambda: "stays in force" in sh("systemctl", "status", "optimize-backup"))
        status = sh("systemctl", "status", "optimize-backup")
        self.assertIn("active (running)", status)
        self.assertIn("config.yaml:2:", status)
        messages = [entry["MESSAGE"] for entry in journal("PRIORITY=3")]
        self.assertTrue(any("repositroyName" in text and "'25' is no hour" in text for text in messages), messages)
        metrics = urllib.request.urlopen("http://127.0.0.1:8092/metrics").read().decode()
        self.assertIn("optimize_backup_configuration_last_reload_successful 0", metrics)
        self.assertIn('optimize_backup_next_run_timestamp_seconds{backup_job="nightly"}', metrics)

    def test_5_a_good_one_is_taken(self):
        CONFIG.write_text(GOOD.replace("nightly", "weekly").replace("* * *\"", "* * 0\""))
        sh("systemctl", "reload", "optimize-backup")
        until(lambda: "next run: weekly" in sh("systemctl", "status", "optimize-backup"))
        metrics = urllib.request.urlopen("http://127.0.0.1:8092/metrics").read().decode()
        self.assertIn("optimize_backup_configuration_last_reload_successful 1", metrics)
        self.assertNotIn('backup_job="nightly"', metrics)
        # A reload takes a changed tzdata, too, though the configuration is as it was.
        shutil.copyfile("/usr/share/zoneinfo/Asia/Kolkata", "/usr/share/zoneinfo/Europe/Berlin")
        sh("systemctl", "reload", "optimize-backup")
        until(lambda: "T02:00:00+05:30" in sh("systemctl", "status", "optimize-backup"))

    def test_6_a_hung_daemon_is_restarted(self):
        pathlib.Path("/etc/systemd/system/optimize-backup.service.d").mkdir(exist_ok=True)
        pathlib.Path("/etc/systemd/system/optimize-backup.service.d/quick.conf").write_text(
            "[Service]\nWatchdogSec=2s\nRestartSec=0\nTimeoutAbortSec=1s\n")
        sh("systemctl", "daemon-reload")
        sh("systemctl", "restart", "optimize-backup")
        pid = sh("systemctl", "show", "-P", "MainPID", "optimize-backup").strip()
        time.sleep(5)  # longer than the watchdog's limit: the beats keep it alive
        self.assertEqual(pid, sh("systemctl", "show", "-P", "MainPID", "optimize-backup").strip())
        os.kill(int(pid), 19)
        until(lambda: sh("systemctl", "show", "-P", "MainPID", "optimize-backup").strip() not in ("0", pid))
        until(lambda: request("GET", "http://127.0.0.1:8092/actuator/health")["status"] == "UP")

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
        self.assertEqual(request("GET", "http://127.0.0.1:8092/actuator/health")["status"], "UP")
        sh("systemctl", "stop", "optimize-backup.socket", "optimize-backup.service")

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

    def test_9_a_broken_configuration_is_not_tried_again(self):
        CONFIG.write_text(GOOD.replace("nightly", "Nightly"))
        self.assertNotEqual(subprocess.run(["systemctl", "start", "optimize-backup"], timeout=60).returncode, 0)
        until(lambda: sh("systemctl", "show", "-P", "ActiveState", "optimize-backup").strip() == "failed")
        self.assertEqual(sh("systemctl", "show", "-P", "ExecMainStatus", "optimize-backup").strip(), "78")
        self.assertEqual(sh("systemctl", "show", "-P", "NRestarts", "optimize-backup").strip(), "0")

    def test_a_a_long_reason_holds_up_nothing(self):
        reason = "bad\r\nSTOPPING=1\r\nMAINPID=1\r\n" + 5000 * "x"
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
                CONFIG.write_text(CONFIG.read_text() + "".join(f"mistake{n}: 1\n" for n in range(200)))
                sh("systemctl", "reload", "optimize-backup")
                until(lambda: "stays in force" in sh("systemctl", "show", "-P", "StatusText", "optimize-backup"))
                self.assertEqual(sh("systemctl", "is-active", "optimize-backup").strip(), "active")
            finally:
                sh("systemctl", "stop", "optimize-backup", check=False)
                refusing.kill()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
