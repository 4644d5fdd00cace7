"""Rules about what stands in the repository."""
from seen import clock, succeeded
from world import INTERVAL, KEPT_BY_HAND, KEPT_OF_JOB, TIMEOUT

# Seconds that what was cancelled may still be seen, and beyond a limit that something may take on a busy machine.
CANCELS_WITHIN, MARGIN = 30, 30
# Seconds between an effect and the moment that the witness, or an answer, tells of it.
SLACK = 0.5
# Seconds in which a person's deletes count as if they had not been made, since a plan may be as old.
PLANS_LAST = 20


def held_stays(seen, check):
    """No snapshot of a held backup goes from the hold's success until a release is asked for."""
    for hold in [one for one in seen.asked("hold") if succeeded(one)]:
        end = _end_of_hold(seen, hold)
        for snapshot in [snapshot for snapshot in seen.snapshots if snapshot.backup == hold.backup]:
            went = seen.vanished(snapshot)
            if snapshot.success is None or seen.listings[snapshot.first].start > hold.end:
                continue
            is_broken = went and hold.end < went[0] and went[1] < end
            excuse = seen.may_have_deleted(hold.backup, hold.end) or went and _was_cancelled(seen, snapshot, went[1])
            check("held-stays", not is_broken or excuse, went[1] if went else hold.end,
                  f"{snapshot.name} went though held since {clock(hold.end)}")


def _was_cancelled(seen, snapshot, moment):
    """Whether a backup that was not whole yet was cancelled, which a hold does not keep anybody from."""
    is_whole = any(backup.first is snapshot or backup.second is snapshot for backup in seen.good_at(snapshot.last))
    return not is_whole and seen.may_have_deleted(snapshot.backup, moment, ["cancel"])


def _end_of_hold(seen, hold):
    ends = [release.start for release in seen.asked("release")
            if release.backup == hold.backup and release.end > hold.start]
    if hold.status == 202:
        # Pending: lost if the engine crashes.
        ends += [crash for crash in seen.crashes if crash > hold.start]
    return min(ends, default=float("inf"))


def good_stays(seen, check):
    """What retention keeps goes only if a person deletes it: the newest good backup, the newest few of each kind."""
    for backup in seen.backups:
        went = [seen.vanished(part) for part in (backup.first, backup.second) if seen.vanished(part)]
        last = min(backup.first.last, backup.second.last)
        if not went or not (seen.is_success(backup.first, last) and seen.is_success(backup.second, last)):
            continue
        moment = min(end for _, end in went)
        if backup.time is None or seen.may_have_deleted(backup.id, moment):
            continue
        others = [other for other in _standing(seen, last, moment) if other is not backup and other.time is not None]
        newer = [other for other in others if other.time >= backup.time]
        check("newest-good-stays", newer, moment, f"{backup.id} was the newest good backup and is gone")
        kept = KEPT_OF_JOB if backup.is_of_job else KEPT_BY_HAND
        peers = [other.id for other in newer if other.is_of_job == backup.is_of_job]
        check("retention-keeps", len(peers) >= kept, moment,
              f"{backup.id} is gone though only {sorted(peers)} were newer and good, and {kept} are to stay")


def _standing(seen, last, moment):
    """The good backups around a moment, with those that a person has deleted a little before."""
    deleted = [backup for backup in seen.good_at(*seen.numbers(moment - PLANS_LAST, moment))
               if seen.may_have_deleted(backup.id, moment)]
    standing = seen.good_at(last, last + 1)
    return standing + [backup for backup in deleted if backup not in standing]


def second_after_first(seen, check):
    """No part 2 starts before its part 1 is SUCCESS."""
    for second in [snapshot for snapshot in seen.snapshots if snapshot.part == 2]:
        firsts = [backup.first for backup in seen.backups if backup.second is second]
        ended = [first for first in firsts if _end(seen, first) <= seen.started(second) + 0.01]
        excuse = seen.may_have_deleted(second.backup, seen.listings[second.first].end)
        check("part-2-after-part-1", ended or not firsts and excuse, seen.started(second),
              f"{second.name} started at {clock(seen.started(second))}; part 1: "
              + (", ".join(f"{first.state}, ended {clock(_end(seen, first))}" for first in firsts) or "not there"))


def _end(seen, snapshot):
    """When a snapshot was SUCCESS, as the engine tells, else when it was first seen so; never if it was not."""
    if snapshot.success is None:
        return float("inf")
    end = snapshot.details.get("end_time_in_millis")
    return end / 1000 if end else seen.listings[snapshot.success].end


def cancelled_stays_away(seen, check):
    """After a cancel that succeeded nothing of that backup, nor of its fire time, is started, nor stands in the end."""
    for cancel in [one for one in seen.asked("cancel") if succeeded(one)]:
        due = next((snapshot.details["metadata"].get("dueTime") for snapshot in seen.snapshots
                    if snapshot.backup == cancel.backup and snapshot.details.get("metadata")), None)
        again = [one.start for action in ("order", "order-old", "order-again", "create-id")
                 for one in seen.asked(action) if one.backup == cancel.backup and one.end > cancel.end]
        for snapshot in [one for one in seen.snapshots if one.part and _is_of(one, cancel.backup, due)]:
            started, went = seen.started(snapshot), seen.vanished(snapshot)
            stays = not went or went[1] - started > CANCELS_WITHIN
            is_new = started > cancel.end + SLACK and not (again and min(again) <= started)
            check("cancelled-stays-away", not (is_new and stays), started,
                  f"{snapshot.name} started at {clock(started)}, though {cancel.backup} (due {due}) was cancelled at "
                  f"{clock(cancel.end)}")
        stands = [backup for backup in seen.good_at(len(seen.listings) - 1)
                  if _is_of(backup.first, cancel.backup, due) and not again]
        check("cancelled-is-not-good", not stands, cancel.end,
              f"{cancel.backup} (due {due}) stands as a whole good backup, though cancelled")


def _is_of(snapshot, identity, due):
    found = (snapshot.details.get("metadata") or {}).get("dueTime")
    return snapshot.backup == identity or due is not None and found == due


def one_for_a_fire_time(seen, check):
    """A fire time has at most one good backup, unless the first was gone before the second began."""
    good = [backup for backup in seen.backups if backup.due and backup.second.success is not None
            and backup.first.success is not None]
    for due in sorted({backup.due for backup in good}):
        own = sorted((backup for backup in good if backup.due == due), key=lambda backup: backup.second.success)
        together = [(one, other) for one, other in zip(own, own[1:])
                    if one.second is not other.second and one.second.last >= other.first.first]
        check("one-for-a-fire-time", not together, seen.listings[own[-1].second.success].end,
              f"{due} has several good backups: {[backup.id for backup in own]}")


def nothing_blocks(seen, check):
    """No snapshot of ours is in progress for longer than backup.timeout and a margin."""
    for snapshot in [one for one in seen.snapshots if one.part]:
        end = seen.listings[snapshot.success if snapshot.success is not None else snapshot.last].end
        runs = end - seen.started(snapshot) if snapshot.state in ("SUCCESS", "IN_PROGRESS") else 0
        check("nothing-blocks", runs <= TIMEOUT + MARGIN, end, f"{snapshot.name} ran for {runs:.0f} s")


def last_fire_time_is_good(seen, check):
    """Once all is healed the last fire time ends in a good backup."""
    end = seen.listings[-1].end
    last = end // INTERVAL * INTERVAL
    good = [backup for backup in seen.good_at(len(seen.listings) - 1) if backup.is_of_job and backup.time == last]
    check("last-fire-time-is-good", good, last, f"nothing good for the fire time {clock(last)} at {clock(end)}")


RULES = [held_stays, good_stays, second_after_first, cancelled_stays_away, one_for_a_fire_time, nothing_blocks,
         last_fire_time_is_good]
