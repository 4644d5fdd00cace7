"""Holds connections that never send anything.

usage: connect.py PORT COUNT
"""
import socket
import sys
import time

connections = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
print("connected", flush=True)
time.sleep(600)
