"""A server, or a way to one, on which handshakes of TLS break; prints its port once it listens.

usage: break_handshakes.py FAULT[,FAULT…] [TARGET_PORT]

Each connection meets the next fault, the last one again and again: reset, close, internal (an alert: not ready),
refuse (an alert: no common version), or one that leads to the target: pass, or drip (its answer comes byte by byte).
"""
import itertools
import socket
import sys
import threading

ALERTS = {"internal": 80, "refuse": 40}


def copy(source, sink, piece=65536):
    try:
        while data := source.recv(piece):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, fault):
    with client:
        if fault in ("pass", "drip"):
            with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as server:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                piece = 1 if fault == "drip" else 65536
                back = threading.Thread(target=copy, args=(server, client, piece), daemon=True)
                back.start()
                copy(client, server)
                back.join()
            return
        client.recv(65536)
        if fault in ALERTS:
            client.sendall(bytes([21, 3, 3, 0, 2, 2, ALERTS[fault]]))
        if fault == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


faults = sys.argv[1].split(",")
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
for fault in itertools.chain(faults, itertools.repeat(faults[-1])):
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted, fault), daemon=True).start()
