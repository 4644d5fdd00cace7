"""Prints two thousand random expressions of five fields with their fire times by cronsim.

A line: zone, expression, and seconds since the epoch, the first of which is where the search began.
"""
import datetime
import random
import zoneinfo

import cronsim

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
FIELDS = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 7, DAYS)]
# A fixed zone without changes of the clock at midnight, about which cronsim's real-time jobs are in error.
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]

generator = random.Random(20271)


def number(index):
    low, high, names = FIELDS[index]
    value = generator.randint(low, high)
    if names and generator.random() < 0.3 and value - low < len(names):
        return names[value - low].lower()
    return str(value)


def item(index):
    low, high, _ = FIELDS[index]
    kind = generator.random()
    if kind < 0.3:
        return number(index)
    if kind < 0.5:
        return f"*/{generator.randint(1, high)}"
    if kind < 0.6:
        return f"{generator.randint(low, high)}/{generator.randint(1, high)}"
    first = generator.randint(low, high)
    last = generator.randint(first, high)
    step = f"/{generator.randint(1, 5)}" if first != last and generator.random() < 0.4 else ""
    return f"{first}-{last}{step}"


def field(index):
    if generator.random() < 0.35:
        return "*"
    if index == 2 and generator.random() < 0.1:
        return generator.choice(["L", "LW", "1,L", "15,LW"])
    if index == 4 and generator.random() < 0.15:
        day = generator.randint(0, 7)
        return generator.choice([f"{day}L", f"{day}#{generator.randint(1, 5)}", f"{DAYS[day % 7]}#2"])
    return ",".join(item(index) for _ in range(generator.choice([1, 1, 1, 2, 3])))


def main():
    count = 0
    while count < 2000:
        expression = " ".join(field(index) for index in range(5))
        zone = generator.choice(ZONES)
        start = generator.randint(1_700_000_000, 2_000_000_000)
        times = [start]
        try:
            found = cronsim.CronSim(expression, datetime.datetime.fromtimestamp(start, zoneinfo.ZoneInfo(zone)))
            for _ in range(6):
                times.append(int(next(found).timestamp()))
        except (cronsim.CronSimError, StopIteration):
            continue
        print(zone, expression, " ".join(map(str, times)), sep="\t")
        count += 1


main()
