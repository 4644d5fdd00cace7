"""Hands a socket over as systemd does, listening on loopback or at a path; tells its port on stderr.

usage: activate.py tcp|PORT|PATH PROGRAM ARGUMENT…
"""
import os
import socket
import sys

if not sys.argv[1].startswith("/"):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0 if sys.argv[1] == "tcp" else int(sys.argv[1])))
    print(f"handed over: {listener.getsockname()[1]}", file=sys.stderr, flush=True)
else:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
