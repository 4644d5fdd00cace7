"""An HTTP server that misbehaves as its path tells; prints its port once it listens.

usage: misbehave.py [CERTIFICATE KEY [CLIENT_CA]]
"""
import gzip
import json
import socket
import ssl
import sys
import threading
import time

counts = {}
lock = threading.Lock()


def read_request(stream):
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    fields = {}
    while (line := stream.readline().strip()):
        name, value = line.decode("latin-1").split(":", 1)
        fields[name.lower()] = value.strip()
    body = stream.read(int(fields.get("content-length", 0)))
    return method, target, fields, body


def answer(status, body=b"", fields=()):
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n" + "".join(f"{f}\r\n" for f in fields)
    return head.encode() + b"\r\n" + body


def serve(connection):
    stream = connection.makefile("rb")
    served = 0
    while (request := read_request(stream)) is not None:
        method, target, fields, body = request
        path = target.split("?")[0]
        with lock:
            counts[path] = counts.get(path, 0) + 1
        if path == "/echo":
            seen = {"method": method, "target": target, "fields": fields, "body": body.decode("latin-1"), "served": served}
            connection.sendall(answer(200, json.dumps(seen).encode()))
        elif path == "/hang":
            time.sleep(30)
        elif path == "/trickle":
            connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                connection.sendall(b"x")
                time.sleep(0.05)
        elif path == "/cut":
            connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n0123456789")
            return
        elif path == "/nothing":
            return
        elif path == "/reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return
        elif path == "/large":
            connection.sendall(answer(200, b"x" * 1_000_000))
        elif path == "/unannounced":
            connection.sendall(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n" + b"x" * 1_000_000)
            return
        elif path == "/fields":
            connection.sendall(answer(200, b"", [f"X-{i}: {'y' * 100}" for i in range(1000)]))
        elif path == "/gzip":
            connection.sendall(answer(200, gzip.compress(b"z" * 100_000), ["Content-Encoding: gzip"]))
        elif path == "/redirect":
            connection.sendall(answer(302, b"", ["Location: /echo"]))
        elif path == "/continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" + answer(201, b"", ["X-Late:  2 "]))
        elif path == "/once":  # the second request on a connection gets no answer
            if served > 0:
                return
            connection.sendall(answer(200, b"ok"))
        elif path == "/count":
            connection.sendall(answer(200, json.dumps(counts).encode()))
        else:
            connection.sendall(answer(int(path[1:]) if path[1:].isdigit() else 404))
        served += 1


def guarded(connection, context):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        serve(connection)
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


context = None
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    if len(sys.argv) > 3:
        context.load_verify_locations(sys.argv[3])
        context.verify_mode = ssl.CERT_REQUIRED
listener = socket.create_server(("127.0.0.1", 0), backlog=512)
print(listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=guarded, args=(accepted, context), daemon=True).start()
