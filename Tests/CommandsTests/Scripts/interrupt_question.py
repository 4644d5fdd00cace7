"""Starts a program on a terminal, and presses Ctrl-C once it asks something; ends as the program does.

usage: interrupt_question.py PROGRAM ARGUMENT…
"""
import os
import pty
import signal
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
# One that goes on asking is hung up when this ends.
signal.alarm(30)
seen = b""
while not seen.endswith(b"[y/N] "):
    piece = os.read(terminal, 4096)
    seen += piece
    sys.stdout.buffer.write(piece)
sys.stdout.flush()
os.write(terminal, b"\x03")
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
