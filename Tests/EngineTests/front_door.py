"""What stands before an engine: hands every request on, but for those that a rule answers instead.

usage: front_door.py ENGINE_URL

Prints its port. `PUT /-/rules` takes a JSON array of {"method", "path" (a regular expression), "status", "fields", "body",
"times", "reaches" (whether the engine gets the request all the same), "holds" (whether the request waits until other rules come, and goes by
those)}; the first that fits answers, so many times if it says how often.
"""
import http.client
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

ENGINE = urllib.parse.urlsplit(sys.argv[1])
rules = []
lock = threading.Lock()


def take(method, path):
    """The rule that answers a request; None if the engine is to."""
    with lock:
        for rule in rules:
            if rule.get("method", method) == method and re.search(rule["path"], path) and rule.get("times", 1) > 0:
                if "times" in rule:
                    rule["times"] -= 1
                return rule
    return None


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer's body waits 40 ms until its head is acknowledged.
    disable_nagle_algorithm = True

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/-/rules":
            with lock:
                rules[:] = json.loads(body)
            return self.reply(200, {}, b"{}")
        rule = take(self.command, self.path)
        while rule is not None and rule.get("holds"):
            while any(other is rule for other in rules):
                time.sleep(0.02)
            rule = take(self.command, self.path)
        if rule is None or rule.get("reaches"):
            status, fields, text = self.ask(body)
        if rule is not None:
            status, fields, text = rule["status"], rule.get("fields", {}), rule.get("body", "").encode()
        return self.reply(status, fields, text)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

    def ask(self, body):
        engine = http.client.HTTPConnection(ENGINE.hostname, ENGINE.port, timeout=3600)
        fields = {"Content-Type": self.headers["Content-Type"]} if self.headers["Content-Type"] else {}
        engine.request(self.command, self.path, body or None, fields)
        answer = engine.getresponse()
        return answer.status, {"Content-Type": answer.getheader("Content-Type", "")}, answer.read()

    def reply(self, status, fields, text):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
print(server.server_port, flush=True)
server.serve_forever()
