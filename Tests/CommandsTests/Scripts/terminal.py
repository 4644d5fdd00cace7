"""Runs a program on a terminal of so many columns, and prints what came on it; ends as the program does.

usage: terminal.py COLUMNS PROGRAM ARGUMENT…

INTERRUPT_AFTER is what has to stand there before Ctrl-C is pressed, once.
"""
import fcntl
import os
import pty
import signal
import struct
import sys
import termios

terminal, inner = pty.openpty()
fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(sys.argv[1]), 0, 0))
settings = termios.tcgetattr(inner)
settings[1] &= ~termios.OPOST  # line ends stay as they are written
settings[3] &= ~termios.ECHO
termios.tcsetattr(inner, termios.TCSANOW, settings)
pid = os.fork()
if pid == 0:
    os.close(terminal)
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(inner, descriptor)
    os.execv(sys.argv[2], sys.argv[2:])
os.close(inner)
signal.alarm(60)
awaited = os.environ.get("INTERRUPT_AFTER", "").encode()
seen = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    sys.stdout.buffer.write(piece)
    seen += piece
    if awaited and awaited in seen:
        os.write(terminal, b"\x03")
        awaited = b""
sys.stdout.flush()
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
