"""Gives a program a small pipe that doesn't block as its stdout, lets it fill, and only then reads it to its end.

usage: slow_reader.py PROGRAM ARGUMENT…
"""
import fcntl
import os
import select
import subprocess
import sys

reading, writing = os.pipe()
fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
os.set_blocking(writing, False)
program = subprocess.Popen(sys.argv[1:], stdout=writing)
# Full, or given up: the other end is ours, too, and takes no more.
while program.poll() is None and select.select([], [writing], [], 0)[1]:
    select.select([], [], [], 0.01)
os.close(writing)
while piece := os.read(reading, 65536):
    sys.stdout.buffer.write(piece)
sys.stdout.flush()
sys.exit(program.wait())
