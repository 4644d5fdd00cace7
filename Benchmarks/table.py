"""Reads rows of `library zone expression ns last-time`; prints a table with the ratio to the fastest peer of each row."""
import sys

OURS = "optimize-backup"
rows = {}
for line in sys.stdin:
    library, zone, expression, nanoseconds, last = line.rstrip("\n").split("\t")
    rows.setdefault((zone, expression), {})[library] = (int(nanoseconds), int(last))
print(f"{'zone':14} {'expression':16} {'ours':>6}  {'fastest peer':22} {'ratio':>6}")
for (zone, expression), libraries in rows.items():
    ours, last = libraries.pop(OURS)
    # Who finds other times than most has measured something else.
    times = [time for _, time in libraries.values()] + [last]
    usual = max(set(times), key=times.count)
    if last != usual:
        sys.exit(f"{zone} {expression}: our last time is {last}, the others' {usual}")
    peers = sorted((nanoseconds, name) for name, (nanoseconds, time) in libraries.items() if time == usual)
    fastest = f"{peers[0][1]} {peers[0][0]} ns" if peers else "none"
    ratio = f"{ours / peers[0][0]:6.2f}" if peers else ""
    print(f"{zone:14} {expression:16} {ours:4} ns  {fastest:22} {ratio}")
