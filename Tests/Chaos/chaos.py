"""Two daemons, an engine, and people, while things go wrong; then every claim is held against what the repository held.

usage: scripts/chaos ENGINE [--minutes M] [--seed S] [--program PATH] [--keep]
"""
import argparse
import pathlib
import random
import signal
import sys
import time

from claims import judge
from faults import Faults, Lane, heal
from people import People
from plan import FAULTS, PEOPLE, ROUND, STORM, draw
from record import Record
from seen import Seen
from story import tell
from witness import Witness
from world import INTERVAL, JOB, World

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Seconds that a backup may take once its fire time has come in quiet times.
LONGEST_BACKUP = 14


def main():
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"seed {arguments.seed} on {arguments.engine}, {arguments.minutes} minutes", flush=True)
    record = Record()
    with World(ROOT, arguments.engine, arguments.program, arguments.seed, record, arguments.keep) as world:
        if arguments.keep:
            print(f"what it leaves stands in {world.folder}")
        witness = Witness(world, record)
        people = People(world, witness, record)
        witness.start()
        try:
            _act(arguments.minutes, draw(arguments.seed, arguments.minutes), world, people, record)
            _wait_for_two_fire_times()
        finally:
            people.go_away()
            witness.stop()
        last = {daemon.name: witness.scrape(daemon) for daemon in world.daemons.values()}
        seen = Seen(record, witness, world.engine.crashes)
        if arguments.keep:
            (world.folder / "story").write_text("\n".join(tell(seen)) + "\n")
        verdict = judge(seen, last)
    return _tell(arguments, record, verdict)


def _arguments():
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__.splitlines()[0])
    parser.add_argument("engine", metavar="ENGINE", help="such as opensearch-2 or elasticsearch-8")
    parser.add_argument("--minutes", type=int, default=1, help="how many rounds of a minute (default 1)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="what decides all that is drawn")
    parser.add_argument("--program", default=str(ROOT / ".build/debug/optimize-backup"))
    parser.add_argument("--keep", action="store_true", help="leave the engine's folder and `story`, all in one text")
    return parser.parse_args()


def _act(minutes, plan, world, people, record):
    """Carries out a plan, and waits until all of it is healed and everybody has gone."""
    faults, start = Faults(world, record), time.monotonic()
    lanes = [Lane(plan[lane], start, faults.carry_out) for lane in FAULTS]
    lanes += [Lane(plan[person], start, people.carry_out) for person in PEOPLE]
    for lane in lanes:
        lane.start()
    time.sleep((minutes - 1) * ROUND + STORM)
    for lane in lanes:
        lane.join(200)
        if lane.failure:
            raise lane.failure
    heal(world)
    _resume(people)


def _resume(people):
    for _ in range(20):
        if people.call("a", "resume", "POST", f"/actuator/jobs/{JOB}/resume") == 204:
            return
        time.sleep(1)


def _wait_for_two_fire_times():
    """Until two fire times have come, and the second has had the time that its backup needs."""
    second = (time.time() // INTERVAL + 2) * INTERVAL
    time.sleep(second + LONGEST_BACKUP - time.time())


def _tell(arguments, record, verdict):
    """Prints what was found; returns the exit status."""
    for broken in sorted(verdict.broken, key=lambda broken: broken.time):
        print(broken)
    for happening in sorted(record.happenings, key=lambda happening: happening.start) if verdict.broken else []:
        clock = time.strftime("%H:%M:%S", time.gmtime(happening.start))
        print(f"  {clock} {happening.lane}: {happening.name} {happening.detail}")
    print(f"seed {arguments.seed} on {arguments.engine}: {len(record.happenings)} faults, "
          f"{len(record.calls)} requests, {len(record.commands)} commands, {verdict.backups} backups, "
          f"{verdict.checked} claims checked, {len(verdict.broken)} broken", flush=True)
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main())
