"""That each rule notices what it is there to notice, on records made up for it.

usage: test_claims.py
"""
import unittest
from types import SimpleNamespace

import answers
import entries
import metrics
import repository
from plan import draw
from record import Call, Command, Line, Process, Record, Scrape
from seen import Seen
from witness import Listing, Snapshot
from world import JOB

# When the first listing was made, on a full quarter of a minute; the others follow a second after each other.
START = 1_800_000_000
DUE = "2027-01-15T08:00:00Z"


def part(backup, number, first, last, success=None, due=DUE, started=None, ended=None):
    """A snapshot that was seen from one listing to another. started, ended: seconds after the first listing."""
    success = first if success is None else success
    details = {"metadata": {"dueTime": due, "jobs": [JOB]} if due else {}, "state": "SUCCESS",
               "start_time_in_millis": (START + (first if started is None else started)) * 1000,
               "end_time_in_millis": (START + (success if ended is None else ended)) * 1000}
    name = f"camunda_optimize_{backup}_8.6.0_part_{number}_of_2"
    return Snapshot(name, f"{name}-{first}", backup, number, first, last, success, "SUCCESS", details)


def pair(backup, first, last, due=DUE):
    return [part(backup, 1, first, last, due=due), part(backup, 2, first + 1, last, due=due, started=first + 1)]


def asked(action, backup, at, status=204, text=""):
    return Call(START + at, START + at + 0.1, "a", action, "POST", "/", backup, status, text, "application/json")


def seen(snapshots, count=20, crashes=(), **record):
    """What a witness saw in so many listings."""
    listings = [Listing(START + number, START + number + 0.1, {}) for number in range(count)]
    witness = SimpleNamespace(listings=listings, snapshots={one.uuid: one for one in snapshots})
    return Seen(Record(**record), witness, list(crashes))


def broken(rule, world, *arguments):
    """The names of the claims that do not hold."""
    found = set()
    rule(world, *arguments, lambda name, holds, time, evidence: None if holds else found.add(name))
    return found


class Repository(unittest.TestCase):
    def test_a_held_backup_goes(self):
        snapshots = pair("1", 1, 9)
        self.assertEqual(broken(repository.held_stays, seen(snapshots, calls=[asked("hold", "1", 4)])), {"held-stays"})
        for excuse in (asked("release", "1", 6), asked("delete", "1", 3)):
            self.assertFalse(broken(repository.held_stays, seen(snapshots, calls=[asked("hold", "1", 4), excuse])))
        refused = asked("delete", "1", 3, 409)
        self.assertTrue(broken(repository.held_stays, seen(snapshots, calls=[asked("hold", "1", 4), refused])))

    def test_the_newest_good_backup_goes(self):
        world = seen(pair("1", 1, 9))
        self.assertEqual(broken(repository.good_stays, world), {"newest-good-stays", "retention-keeps"})
        self.assertFalse(broken(repository.good_stays, seen(pair("1", 1, 9), calls=[asked("delete", "1", 8)])))

    def test_one_of_the_newest_three_goes(self):
        newer = [part for number in (2, 3) for part in pair(str(number), number, 19, f"2027-01-15T08:0{number}:00Z")]
        self.assertEqual(broken(repository.good_stays, seen(pair("1", 1, 9) + newer)), {"retention-keeps"})
        newest = pair("4", 4, 19, "2027-01-15T08:04:00Z")
        self.assertFalse(broken(repository.good_stays, seen(pair("1", 1, 9) + newer + newest)))

    def test_part_2_starts_too_early(self):
        early = [part("1", 1, 1, 19, success=6), part("1", 2, 3, 19, started=3)]
        self.assertEqual(broken(repository.second_after_first, seen(early)), {"part-2-after-part-1"})
        self.assertFalse(broken(repository.second_after_first, seen(pair("1", 1, 19))))

    def test_what_was_cancelled_comes_back(self):
        again = [part("1", 1, 1, 3)] + pair("2", 8, 19)
        world = seen(again, calls=[asked("cancel", "1", 4)])
        self.assertEqual(
            broken(repository.cancelled_stays_away, world), {"cancelled-stays-away", "cancelled-is-not-good"})
        other = [part("1", 1, 1, 3)] + pair("2", 8, 19, "2027-01-15T08:00:15Z")
        self.assertFalse(broken(repository.cancelled_stays_away, seen(other, calls=[asked("cancel", "1", 4)])))

    def test_a_fire_time_has_two(self):
        world = seen(pair("1", 1, 19) + pair("2", 4, 19))
        self.assertEqual(broken(repository.one_for_a_fire_time, world), {"one-for-a-fire-time"})
        self.assertFalse(broken(repository.one_for_a_fire_time, seen(pair("1", 1, 3) + pair("2", 5, 19))))

    def test_a_snapshot_runs_for_ever(self):
        world = seen([part("1", 1, 1, 99, success=98)], 100)
        self.assertEqual(broken(repository.nothing_blocks, world), {"nothing-blocks"})

    def test_the_last_fire_time_has_none(self):
        self.assertEqual(broken(repository.last_fire_time_is_good, seen(pair("1", 1, 19))), {"last-fire-time-is-good"})
        self.assertFalse(broken(repository.last_fire_time_is_good, seen(pair("1", 1, 19, "2027-01-15T08:00:15Z"))))


class Answers(unittest.TestCase):
    def test_statuses_and_shapes(self):
        def found(call):
            return broken(answers.answers_are_documented, seen([], calls=[call]))
        self.assertEqual(found(asked("hold", "1", 1, 201, "{}")), {"documented-status"})
        self.assertEqual(found(asked("hold", "1", 1, 404, '{"errorCode":"conflictError"}')), {"errors-have-a-code"})
        self.assertEqual(found(asked("list", "1", 1, 200, "[")), {"answers-are-json"})
        self.assertEqual(found(asked("list", "1", 1, None, "reset")), {"there-is-an-answer"})

    def test_commands(self):
        def found(status, errors="", seconds=1, output="{}"):
            command = Command(START, START + seconds, "list", ["list"], None, status, output, errors)
            return broken(answers.commands_end_as_documented, seen([], commands=[command]))
        self.assertFalse(found(0))
        self.assertEqual(found(64), {"documented-exit"})
        self.assertEqual(found(-4, "Fatal error: index out of range"), {"documented-exit", "no-crash"})
        self.assertEqual(found(1, seconds=120), {"nothing-blocks-a-command"})
        self.assertEqual(found(0, output="1 backup"), {"commands-print-json"})

    def test_created_and_accepted(self):
        command = Command(START, START + 5, "create", ["create"], None, 0, '{"backupId": 1}', "")
        self.assertEqual(broken(answers.what_is_created_is_there, seen([], commands=[command])), {"created-is-there"})
        self.assertFalse(broken(answers.what_is_created_is_there, seen(pair("1", 1, 9), commands=[command])))
        call = asked("order", "1", 3, 202)
        self.assertEqual(broken(answers.what_is_accepted_is_there, seen([], calls=[call])), {"accepted-is-there"})
        self.assertFalse(broken(answers.what_is_accepted_is_there, seen(pair("1", 3, 9), calls=[call])))

    def test_busy_for_ever(self):
        calls = [asked("order", "1", at, 409) for at in (1, 50, 99)]
        self.assertEqual(
            broken(answers.orders_are_not_refused_for_ever, seen([], 120, calls=calls)),
            {"orders-are-not-refused-for-ever"})


class Entries(unittest.TestCase):
    process = Process("a", 1, START)

    def line(self, at, **entry):
        return Line(START + at, self.process, "{}", {"BACKUP_JOB": JOB, **entry})

    def test_an_end_that_nobody_asked_for(self):
        ended = Process("a", 1, START, START + 9, -4)
        self.assertEqual(
            broken(entries.daemons_end_only_when_told, seen([], processes=[ended])), {"daemons-end-only-when-told"})
        ended.signals.append((START + 8, "TERM"))
        ended.status = 0
        self.assertFalse(broken(entries.daemons_end_only_when_told, seen([], processes=[ended])))

    def test_two_outcomes(self):
        kinds = {outcome: kind for kind, outcome in entries.OUTCOMES.items()}
        lines = [self.line(3, messageId=kinds["COMPLETED"], DUE_TIME=DUE, BACKUP_ID="1"),
                 self.line(5, messageId=kinds["skipped"], DUE_TIME=DUE)]
        world = seen([], lines=lines)
        self.assertEqual(broken(entries.fire_times_are_settled_once, world), {"settled-once"})
        self.assertEqual(broken(entries.what_is_completed_is_there, world), {"completed-is-there"})

    def test_the_same_again_and_again(self):
        lines = [self.line(at / 4, message=f"look {at}") for at in range(60)]
        self.assertEqual(broken(entries.logs_are_short, seen([], lines=lines)), {"logs-do-not-repeat"})


class Metrics(unittest.TestCase):
    def test_they_differ(self):
        world = seen(pair("1", 1, 19))
        values = {"optimize_backup_engine_up": 1.0,
                  f'optimize_backup_last_success_timestamp_seconds{{backup_job="{JOB}"}}': START + 2.0,
                  f'optimize_backup_state{{backup_job="{JOB}",state="COMPLETED"}}': 1.0}
        self.assertFalse(broken(metrics.agree_at_the_end, world, {"a": values}))
        self.assertEqual(broken(metrics.agree_at_the_end, world, {"a": {}, "b": None}),
                         {"metrics-agree", "metrics-answer"})

    def test_many_requests(self):
        key = 'optimize_backup_engine_requests_total{operation="snapshot.get"}'
        scrapes = [Scrape(START + at, Entries.process, {key: at * 100.0}) for at in range(40)]
        self.assertEqual(broken(metrics.agree_at_the_end, seen([], scrapes=scrapes), {}), {"requests-are-few"})


class Plan(unittest.TestCase):
    def test_a_seed_is_one_plan(self):
        self.assertEqual(draw(7, 2), draw(7, 2))
        self.assertNotEqual(draw(7, 2), draw(8, 2))


if __name__ == "__main__":
    unittest.main()
