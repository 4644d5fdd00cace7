/// The kinds of entries, a row each: the id, and what the journal's catalog says of it in `journalctl -x`.
///
/// The words behind the id are the entry's subject, and where it needs one, an explanation of what happened and what to do. `@FIELD@` is
/// replaced by a field of the entry.
package enum MessageID: CatalogEntry, Sendable, CaseIterable {
    case daemonStarted = """
        f6fadfa7e5c14b629362da5cc13da58a The daemon has started

        It answers on its port, its jobs are scheduled, and it has looked at the repository, or waited five seconds
        for it. Where systemd hands sockets over, those are served, whatever server.port says: the port is that of
        ListenStream= in the socket unit.
        """
    case daemonStopping = """
        2c63888f28f04481be6ddce7a7ace732 The daemon is stopping

        What the engine has accepted goes on without it. The next start takes up what is unfinished.
        """
    case daemonFailed = """
        3f0a6c8e5d2b4917a4c6e81b7d95f023 The daemon could not start

        The message says why. Where the configuration is wrong it names each mistake with file, line and column, and systemd
        does not try again: correct it, see that 'optimize-backup check' is content, and start the service.
        """
    case daemonHung = """
        b2d7f45190ce4e6d8a3f6b1c07e948d5 The daemon hangs

        An operation has given no sign of life for longer than any request to the engine may take. The daemon sends no beat to
        the watchdog any more, so that systemd restarts it (WatchdogSec=); the next start takes up what is unfinished.
        This is a bug: please report it with the journal.
        """
    case configurationReloaded = """
        8a119b9e16bc47328f7b7676d015b0dc A new configuration is in force

        Jobs that did not change keep their phase; what was running goes on. Files with secrets and certificates are
        read again, too; systemd's credentials change at a restart only.
        """
    case configurationRefused = """
        bc67ba94637d4efaa09e467ada679f81 A new configuration is wrong

        The old configuration stays in force. The message names each mistake with file, line and column: correct
        them and reload again. Changes of engine, backup, server and log take a restart.
        """
    case backupStarted = """
        fab36728a78b4b7e8787c0de2f960063 Backup @BACKUP_ID@ has begun

        The engine has accepted the snapshot @SNAPSHOT@ in the repository @REPOSITORY@.
        """
    case backupProgress = """
        a712755f6cac44d599d5269512e74f7b Backup @BACKUP_ID@ goes on

        The message says which step it is at.
        """
    case backupCompleted = """
        ac8efe121c5949f1ba2dde83458bfed0 Backup @BACKUP_ID@ is COMPLETED

        Both snapshots are in the repository @REPOSITORY@ and hold exactly what was asked for.
        """
    case backupFailed = """
        5796a670482c490e8d9782bfcdc83011 A backup failed

        The message says what failed and what the engine said; SETTING, if present, names the setting to look at.
        What stands in the repository is shown by 'optimize-backup list'. A failed backup is removed by retention
        once a newer one has succeeded.
        """
    case backupSkipped = """
        0b80a25553a14945a93258ef7777682c A fire time was skipped

        Another backup was still running when the next fire time of the job @BACKUP_JOB@ came. If that happens
        often, backups take longer than the schedule allows.
        """
    case backupMissed = """
        45ac16b9c20d4c218f8a7abff2e91ac7 A fire time was missed

        The daemon was not running at @DUE_TIME@, or the clock was set forward over it. The newest fire time is run
        instead.
        """
    case jobStanding = """
        4a9c2f8e71d04b6d8e35c1f07ab29d64 How the job @BACKUP_JOB@ stands

        Told for each job when the daemon starts: what ended while it was away stands in no other entry. The state
        is that of the newest backup in the repository, whatever became of it. Told as well when the job is paused or
        let go, by whom and why, and when a pause is over, with the fire times that it skipped.
        """
    case clockChange = """
        7d1f0a6b52e94c0c9b3d4a7f6e21c8d5 A change of the clock concerned a fire time

        The message says what became of it. Where the zone's clock changes, jobs.NAME.clockChange decides, and
        'optimize-backup schedule' shows such fire times in advance. A clock that is set back shows fire times
        again: none gets a second backup.
        """
    case backupDeleted = """
        dd2ee150d2844277b89c1af40ce8fcc9 Backup @BACKUP_ID@ was deleted

        Retention or somebody deleted its snapshots; the entries before this one say who.
        """
    case backupKept = """
        b81e6f2d03c94a57917c5d2ae8f40b63 Retention would delete backups

        retentionDefaults.mode is 'report': what no rule keeps is told, and nothing is deleted. 'optimize-backup
        prune --dry-run' shows the whole plan with its reasons; set the mode to 'apply' once it is what you want.
        """
    case deleteFailed = """
        05edcb967fc644dda4cb885431c81180 Backup @BACKUP_ID@ is not deleted

        Somebody asked for it over the API, and the engine did not do it. The message says why; ask again once that
        is mended.
        """
    case retentionFailed = """
        3c3ae353fb14428e90b401a6c1cc0aff Retention could not do its work

        Backups that should have gone are still there. The message says what the engine said. It is tried again, at
        least once an hour, and a later entry tells when nothing keeps it from its work any more.
        """
    case snapshotUnreadable = """
        1f4c7e0e3d2b4c58a5f0b6a7d9c3e812 A snapshot can't be read

        The engine lists it, but its blob in the repository is missing, damaged or refused. Its backup counts as
        FAILED, is never pruned, and can't be restored. Bring the blob back, or delete the backup by hand:
        'optimize-backup delete'; a marker goes by 'optimize-backup markers remove'.
        """
    case repositoryTrouble = """
        8e2d9b64f1a74d0cb7c35e90a6f41d27 The repository can't be trusted

        Its storage refuses to be read or written, or everything that stood in it is gone from the engine's list.
        The message has the storage's own words. Nothing is pruned meanwhile. If what stood there is gone, nothing
        is ordered either until it is back, or until somebody restarts the daemon, which then takes the repository
        as it is.
        """
    case otherCluster = """
        2f6b0c94d7e84a1bb5c83e19a7d402f6 Another cluster has backups in this repository

        They have the index prefix that is configured here, and were taken by an engine with another cluster uuid.
        If that cluster is gone, as after a disaster, add its uuid to backup.formerClusters: then its backups are
        listed, held and deleted as our own, and nothing of them goes by itself. If it lives and writes, it destroys
        what this cluster writes, and the other way round: register the repository read-only in one of them
        ('optimize-backup check' names both).
        """
    case restore = """
        5d1c7be2a0f94e3c8b6a9f12d4e07c38 A restore began or ended

        'optimize-backup restore' on some host brings the backup @BACKUP_ID@ back. While its marker stands no backup
        begins and none is pruned: fire times end as skipped. One that was interrupted goes on when the same command
        is run again; 'optimize-backup markers' shows what stands, and lifts it.
        """
    case verification = """
        7e40c9d1b5a84f26a3d80be67f1592ac A backup was verified, or was not

        The message says what that came to. A backup that can't be relied on is the worst of news: take another one,
        verify it, and see what has damaged the repository. A restore drill brings a backup back under names of its
        own, drill-…, beside what lives, compares it and removes it; one that has no room for that, or no time, does
        not begin (verify.maximumSize, verify.timeout). 'optimize-backup verify @BACKUP_ID@ --drill' does it by hand.
        """
    case indexVanished = """
        93d5e8a10c7f4b62a8f1d06e5b2c7a49 An index of Optimize is gone

        Good backups of the last retentionDefaults.keepVanishedFor hold it, and the newest does not. If nobody meant
        to delete it, the backup @BACKUP_ID@ is the newest that has it; retention keeps that one until the time is
        over. Indices of one process or decision come and go with it, and an upgrade of Optimize may drop some:
        those are told of once, and are no problem.
        """
    case markerSettled = """
        c60f5a1b97e84b3ea2d4718f0c9b6e35 A hold or a pause that was pending stands, or is lost

        The engine finishes with such a marker only after the snapshots that ran before it. Until then it counts,
        but a crash of the engine would lose it; the daemon then orders it again.
        """
    case engineTrouble = """
        b9c8b9ffe46e46279419c7723226db94 The engine gave no usable answer

        It is asked again. If this lasts, see whether the engine is up and reachable at engine.urls.
        """
    case engineExchange = """
        c6bfbd9711b24c46bc62e5cf26e852e6 An exchange with the engine

        Method, URL, status, duration and size of the answer; told at the level debug.
        """
    case engineRecovered = """
        5d1e7b0c86a94f2fb3a0c47d92e8f615 The engine answers again

        What had failed, and had been asked again since, has been answered. The message names the operation that was
        the last to recover, and how often it had failed.
        """

    case engineUpgraded = """
        cd53f7401b5b45809db30c208492c13b The engine is of another release

        The cluster is the same, and backups go on. Of a major version that nobody has tried this program with, the
        message says so: try create, list, delete and a restore before you rely on it.
        """

    /// 32 hexadecimal digits, as the journal's MESSAGE_ID has them.
    package var digits: String { rawValue.digits }
}
