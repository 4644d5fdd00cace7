"""What goes wrong: carries out the faults of a plan, one lane beside the other, and heals each of them."""
import threading
import time

import client
from record import Happening
from world import NEIGHBOUR, REPOSITORY, wait_until

# Seconds that a daemon may take to end after SIGTERM.
STOPS_WITHIN = 30


class Faults:
    """Every fault of every lane; a daemon, the engine, or a folder is never left as no act will heal it."""

    def __init__(self, world, record):
        self._world, self._record = world, record

    def carry_out(self, act):
        """Begins a fault, waits as long as it lasts, and heals it."""
        kind = act.lane.split("-")[0]
        begun = {"daemon": self._daemon, "engine": self._engine, "proxies": self._proxies, "storage": self._storage,
                 "neighbour": self._neighbour}[kind]
        start = time.time()
        detail = begun(act)
        self._record.happenings.append(Happening(start, time.time(), act.lane, act.name, detail or ""))

    def _daemon(self, act):
        daemon = self._world.daemons[act.lane[-1]]
        if act.name == "hang":
            daemon.send("STOP")
            time.sleep(act.seconds)
            daemon.send("CONT")
            return f"for {act.seconds:.1f} s"
        daemon.send("KILL" if act.name == "kill" else "TERM")
        if not daemon.wait(STOPS_WITHIN):
            daemon.send("KILL")
            daemon.wait(10)
        time.sleep(act.seconds)
        daemon.start()
        return f"and started {act.seconds:.1f} s later"

    def _engine(self, act):
        engine = self._world.engine
        if act.name == "hang":
            engine.hang()
            time.sleep(act.seconds)
            engine.go_on()
            return f"for {act.seconds:.1f} s"
        engine.kill()
        time.sleep(act.seconds)
        engine.start()
        return f"and started {act.seconds:.1f} s later"

    def _proxies(self, act):
        numbers = {"first": "1", "second": "2", "both": "12"}[act.details["which"]]
        names = [f"{act.lane[-1]}{number}" for number in numbers]
        for name in names:
            self._world.proxies.spoil(name, act.name, act.details["stream"], act.details["attributes"])
        time.sleep(act.seconds)
        for name in names:
            self._world.proxies.heal(name, act.name)
        return f"{'+'.join(names)} {act.details['stream']} {act.details['attributes']} for {act.seconds:.1f} s"

    def _storage(self, act):
        """Moves a snapshot's blob away, and back."""
        folder = self._world.engine.repository_folder
        blobs = sorted(folder.glob("snap-*.dat"), key=lambda blob: (_age(blob), blob.name))
        if not blobs:
            return "nothing to hide"
        blob = blobs[int(act.pick * len(blobs))]
        away = self._world.folder / blob.name
        try:
            blob.rename(away)
        except FileNotFoundError:
            return "deleted meanwhile"
        time.sleep(act.seconds)
        away.rename(blob)
        return f"{blob.name} for {act.seconds:.1f} s"

    def _neighbour(self, act):
        """Somebody else's snapshot of another index."""
        name = f"neighbour-{int(time.time())}"
        try:
            self._world.optimize.write(NEIGHBOUR, act.details["bytes"])
            self._world.engine.ask("PUT", f"/_snapshot/{REPOSITORY}/{name}?wait_for_completion=false", {
                "indices": NEIGHBOUR, "include_global_state": False}, timeout=10)
        except (*client.TROUBLE, RuntimeError) as error:
            return f"{name} could not be started: {error}"
        return name


def _age(blob):
    try:
        return blob.stat().st_mtime
    except FileNotFoundError:
        return 0


class Lane(threading.Thread):
    """Carries out the acts of one lane, each at its time or as soon as the one before has ended."""

    def __init__(self, acts, start, carry_out):
        super().__init__(daemon=True)
        self._acts, self._start, self._carry_out = acts, start, carry_out
        # What ended it too early.
        self.failure = None

    def run(self):
        try:
            for act in self._acts:
                time.sleep(max(0.0, self._start + act.at - time.monotonic()))
                self._carry_out(act)
        except Exception as error:  # whatever it is, the main thread tells it
            self.failure = error


def heal(world):
    """What operators do once the faults are over: both daemons run, and the one that asks for a restart gets it."""
    for daemon in world.daemons.values():
        _wait_for(daemon)
        if _asks_for_restart(daemon):
            daemon.send("TERM")
            daemon.wait(STOPS_WITHIN)
            daemon.start()
            _wait_for(daemon)


def _wait_for(daemon):
    if not daemon.runs:
        daemon.start()
    wait_until(lambda: daemon.port, 30, f"the daemon {daemon.name}")


def _asks_for_restart(daemon):
    """Whether all good backups that it knew are gone by another's hand, on which it stops until it is started again."""
    try:
        return "restart the daemon" in client.request("GET", f"{daemon.url}/actuator/health", timeout=30).text
    except client.TROUBLE:
        return False
