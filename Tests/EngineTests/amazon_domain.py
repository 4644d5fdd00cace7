#!/usr/bin/env python3
"""A domain of Amazon OpenSearch Service before an engine, and the endpoints of an instance and of a container, which give keys for it.

    amazon_domain.py SIGV4_PROXY ENGINE_URL LIFETIME

SIGV4_PROXY is the program that checks signatures; keys that the endpoints give are known to it for LIFETIME seconds. Prints the ports of
the domain and of the endpoints. These take a few orders, too:

    PUT /-/key        a key that lives for LIFETIME seconds, for who keeps it in files
    PUT /-/expire     from now on no key that was given is good
    PUT /-/silence    from now on the endpoints fail
    GET /-/count      how many keys were given
"""
import argparse
import http.server
import importlib.machinery
import importlib.util
import json
import sys
import threading
import time

REGION = "eu-central-1"
TOKEN = "shown by the container"


def load(path):
    """A program as a module."""
    loader = importlib.machinery.SourceFileLoader("domain", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("domain", loader))
    loader.exec_module(module)
    return module


class Keys:
    def __init__(self, domain, lifetime):
        self.known, self.lifetime = domain.KEYS, lifetime
        self.expiries, self.is_silent = {}, False
        check = domain.fault

        def fault(request, body, options):
            for key, expiry in list(self.expiries.items()):
                if f"Credential={key}/" in request.headers.get("Authorization", "") and time.time() >= expiry:
                    return "The security token included in the request is expired", None
            return check(request, body, options)

        domain.fault = fault

    def give(self):
        number = len(self.expiries) + 1
        key, secret, token = f"ASIAGIVEN{number}", f"secret/of+{number}", f"token/of+{number}="
        self.known[key] = (secret, token)
        self.expiries[key] = time.time() + self.lifetime
        expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.expiries[key]))
        return {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret, "Token": token, "Expiration": expiry}

    def expire(self):
        for key in self.expiries:
            self.expiries[key] = 0


def endpoints(keys):
    role = "/latest/meta-data/iam/security-credentials/"

    class Endpoints(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            if keys.is_silent and not self.path.startswith("/-/"):
                return 503, ""
            has_session = self.headers.get("X-aws-ec2-metadata-token") == "a-session"
            match self.command, self.path:
                case "PUT", "/latest/api/token" if self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
                    return 200, "a-session"
                case "GET", path if path == role:
                    return (200, "backup-role") if has_session else (401, "")
                case "GET", path if path == f"{role}backup-role":
                    return (200, keys.give()) if has_session else (401, "")
                case "GET", "/container":
                    return (200, keys.give()) if self.headers.get("Authorization") == TOKEN else (401, "")
                case "PUT", "/-/key":
                    return 200, keys.give()
                case "PUT", "/-/expire":
                    return 200, keys.expire() or ""
                case "PUT", "/-/silence":
                    keys.is_silent = True
                    return 200, ""
                case "GET", "/-/count":
                    return 200, str(len(keys.expiries))
            return 404, ""

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = self.answer()
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET

        def log_message(self, *_):
            pass

    return Endpoints


def main():
    path, engine, lifetime = sys.argv[1:]
    domain = load(path)
    keys = Keys(domain, float(lifetime))
    options = argparse.Namespace(engine=engine, region=REGION)
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (domain.handler(options), endpoints(keys))]
    for server in servers:
        server.daemon_threads = True
    threading.Thread(target=servers[1].serve_forever, daemon=True).start()
    print(*(server.server_port for server in servers), flush=True)
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
