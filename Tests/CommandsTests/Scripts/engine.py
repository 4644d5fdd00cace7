"""An engine that answers every request alike; prints its port once it listens, and on stderr, if asked to tell, who asks.

usage: engine.py STATUS FILE [tell]
"""
import http.server
import sys

status, body = int(sys.argv[1]), open(sys.argv[2], "rb").read()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        if sys.argv[3:] == ["tell"]:
            print(self.headers.get("Authorization"), file=sys.stderr, flush=True)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
