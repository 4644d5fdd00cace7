"""The whole schedule of a run, drawn beforehand from one seed: which faults come when, and who asks for what."""
from dataclasses import dataclass, field
from random import Random

# Seconds of a round, and of its part in which things go wrong and people act; then all heals.
ROUND = 60.0
STORM = 40.0

# By lane: how many in a round, and what may come: name, weight, shortest and longest duration in seconds.
FAULTS = {
    "daemon-a": ((0, 3), [("kill", 4, 1, 8), ("hang", 3, 1, 12), ("stop", 2, 1, 8)]),
    "daemon-b": ((0, 3), [("kill", 4, 1, 8), ("hang", 3, 1, 12), ("stop", 2, 1, 8)]),
    "engine": ((0, 2), [("kill", 1, 0, 3), ("hang", 2, 1, 15)]),
    "proxies-a": ((0, 4), [("latency", 3, 2, 10), ("timeout", 3, 1, 12), ("reset_peer", 2, 1, 8),
                           ("limit_data", 2, 1, 8), ("down", 2, 1, 8)]),
    "proxies-b": ((0, 4), [("latency", 3, 2, 10), ("timeout", 3, 1, 12), ("reset_peer", 2, 1, 8),
                           ("limit_data", 2, 1, 8), ("down", 2, 1, 8)]),
    "storage": ((0, 3), [("hide", 1, 2, 10)]),
    "neighbour": ((0, 3), [("snapshot", 1, 0, 0)]),
}

# By person: shortest and longest pause between two acts in seconds, and what they do: name, weight.
PEOPLE = {
    "api-1": ((0.3, 3), [("order", 5), ("order-old", 3), ("order-again", 2), ("run", 2), ("cancel", 2), ("list", 2),
                         ("show", 2), ("metrics", 2)]),
    "api-2": ((0.3, 3), [("hold", 2), ("release", 3), ("delete", 3), ("pause", 1), ("resume", 3), ("cancel", 1),
                         ("list-old", 1), ("show-old", 2), ("health", 2), ("links", 1), ("information", 1),
                         ("tasks", 1), ("nonsense", 1)]),
    "shell-1": ((1, 6), [("create", 3), ("create-id", 3), ("cancel", 1), ("list", 2), ("check", 1)]),
    "shell-2": ((1, 6), [("hold", 2), ("release", 3), ("delete", 2), ("show", 2), ("prune", 2), ("prune-dry", 1),
                         ("markers", 1)]),
}


@dataclass(frozen=True)
class Act:
    """Something to be done, in seconds since the plan began."""
    at: float
    lane: str
    name: str
    # How long a fault lasts, in seconds.
    seconds: float = 0.0
    # Which of the things that are there then: 0 is the first, just below 1 the last.
    pick: float = 0.0
    details: dict = field(default_factory=dict)


def draw(seed, rounds):
    """The acts of a run by lane, each lane's in their order."""
    random = Random(seed)
    plan = {lane: [] for lane in [*FAULTS, *PEOPLE]}
    for number in range(rounds):
        for lane in FAULTS:
            plan[lane] += _faults(random, lane, number * ROUND)
        for person in PEOPLE:
            plan[person] += _acts(random, person, number)
    return plan


def _faults(random, lane, start):
    (fewest, most), kinds = FAULTS[lane]
    acts, free = [], 0.0
    for at in sorted(random.uniform(0, STORM - 2) for _ in range(random.randint(fewest, most))):
        name, _, shortest, longest = random.choices(kinds, [weight for _, weight, _, _ in kinds])[0]
        seconds = random.uniform(shortest, longest)
        pick, details = random.random(), _details(random, lane, name)
        if at < free:
            continue
        seconds = min(seconds, STORM - at)
        acts.append(Act(start + at, lane, name, seconds, pick, details))
        # A while for what was ended to be there again.
        free = at + seconds + (12 if lane == "engine" else 2)
    return acts


def _details(random, lane, name):
    if lane == "neighbour":
        return {"bytes": random.randint(100_000, 900_000)}
    if not lane.startswith("proxies"):
        return {}
    attributes = {
        "latency": {"latency": random.randint(100, 6_000), "jitter": random.randint(0, 500)},
        "timeout": {"timeout": 0},
        "reset_peer": {"timeout": random.choice([0, 50, 500])},
        "limit_data": {"bytes": random.choice([0, 20, 300, 2_000])},
        "down": {},
    }[name]
    streams = random.choice(["upstream", "downstream"])
    return {"which": random.choice(["first", "second", "both", "both"]), "stream": streams, "attributes": attributes}


def _acts(random, person, number):
    (shortest, longest), kinds = PEOPLE[person]
    acts, at = [], random.uniform(0, longest)
    while at < STORM:
        name = random.choices([name for name, _ in kinds], [weight for _, weight in kinds])[0]
        details = {"daemon": random.choice("ab"), "id": f"{number + 1}{random.randint(0, 99_999):05}"}
        acts.append(Act(number * ROUND + at, person, name, 0.0, random.random(), details))
        at += random.uniform(shortest, longest)
    return acts
