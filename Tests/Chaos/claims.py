"""The rules, each held against what was seen."""
from dataclasses import dataclass

import answers
import entries
import metrics
import repository
from seen import clock


@dataclass(frozen=True)
class Broken:
    """A rule that did not hold, when, and what shows it."""
    rule: str
    time: float
    evidence: str

    def __str__(self):
        return f"BROKEN {clock(self.time)} {self.rule}: {self.evidence}"


class Verdict:
    """How many claims were checked, and which did not hold."""

    def __init__(self, backups):
        self.backups, self.checked, self.broken = backups, 0, []

    def check(self, rule, holds, time, evidence):
        """Notes a claim. evidence: what shows that it does not hold."""
        self.checked += 1
        if not holds:
            self.broken.append(Broken(rule, time, evidence))


def judge(seen, last_metrics):
    """Holds every rule against a run. last_metrics: by daemon, what /metrics told at the end; None where it did not."""
    verdict = Verdict(len(seen.backups))
    for module in (repository, answers, entries):
        for rule in module.RULES:
            rule(seen, verdict.check)
    metrics.agree_at_the_end(seen, last_metrics, verdict.check)
    return verdict
