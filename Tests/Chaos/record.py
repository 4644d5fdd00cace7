"""What was done and seen in a run. All times are seconds since 1970, by this host's clock."""
from dataclasses import dataclass, field


@dataclass
class Call:
    """A request of somebody to a daemon's API."""
    start: float
    end: float
    daemon: str
    action: str
    method: str
    path: str
    backup: str | None
    # None if there was no answer: then `text` says why.
    status: int | None
    text: str
    content_type: str = ""


@dataclass
class Command:
    """A run of the program at the command line."""
    start: float
    end: float
    action: str
    arguments: list
    backup: str | None
    # Minus the signal's number if one ended it; None if it was given up.
    status: int | None
    output: str
    errors: str


@dataclass
class Process:
    """One run of a daemon."""
    daemon: str
    pid: int
    start: float
    end: float | None = None
    status: int | None = None
    # What was sent to it: (time, name of the signal).
    signals: list = field(default_factory=list)

    @property
    def name(self):
        return f"{self.daemon}/{self.pid}"


@dataclass
class Line:
    """A line of a daemon's stderr."""
    time: float
    process: Process
    text: str
    # Its members, if it is an entry of the log.
    entry: dict


@dataclass
class Scrape:
    """What /metrics of a daemon told."""
    time: float
    process: Process
    # By name with labels, as it stands in the text.
    values: dict


@dataclass
class Happening:
    """A fault, from its first moment until it was healed."""
    start: float
    end: float
    lane: str
    name: str
    detail: str


@dataclass
class Record:
    calls: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    processes: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    scrapes: list = field(default_factory=list)
    happenings: list = field(default_factory=list)
