"""Runs a program with so many descriptors at most, and none but the standard ones open: limited.py COUNT PROGRAM ARGUMENTS…

What another test has open while a child is started may come with it, and count.
"""
import os
import resource
import sys

count = int(sys.argv[1])
os.closerange(3, 65_536)
resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
os.execv(sys.argv[2], sys.argv[2:])
