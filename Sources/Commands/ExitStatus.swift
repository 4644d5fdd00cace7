internal import Backups

/// How the program ends; where several reasons apply, the highest.
package enum ExitStatus: Int32, Sendable, CaseIterable, Comparable {
    case success = 0
    case failure = 1
    case doneInPart = 2
    case unknown = 3
    case noSuchBackup = 4
    case conflict = 5
    case usage = 64
    case engineUnreachable = 69
    case outputNotWritten = 74
    case engineDenied = 77
    case configuration = 78
    case interrupted = 130

    /// What it tells who called the program.
    package var meaning: String {
        switch self {
        case .success: "done"
        case .failure: "the operation failed"
        case .doneInPart: "done in part, whatever kept the rest from being done"
        case .unknown:
            "of `check --nagios` alone, which ends with 0, 1, 2 or 3 for ok, warning, critical and unknown: nobody can tell"
        case .noSuchBackup: "there is no such backup"
        case .conflict: "the id exists, or the repository is busy"
        case .usage: "the command line is wrong"
        case .engineUnreachable:
            "the engine is not reachable, or can't serve anything: it is without a master, behind a proxy's page, or at none of engine.urls"
        case .outputNotWritten: "the output could not be written"
        case .engineDenied: "the engine denied it"
        case .configuration: "the configuration is wrong"
        case .interrupted: "a signal ended it before its end"
        }
    }

    package static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rawValue < right.rawValue }
}

extension ExitStatus {
    init(_ error: BackupError) {
        self =
            switch error.code {
            case .invalidID: .usage
            case .notFound: .noSuchBackup
            case .idTaken, .repositoryBusy, .held, .fireTimeCancelled, .restoring, .restoreRefused: .conflict
            case .engineUnreachable: .engineUnreachable
            case .engineDenied: .engineDenied
            case .configuration, .versionUnknown: .configuration
            case .noIndices, .engineFailed, .snapshotFailed, .snapshotPartial, .snapshotLost, .contentMismatch,
                .tooLate, .firstPartTooOld, .newerFormat,
                .unreadable, .storageFailed, .namesVanished, .indicesHidden, .restoreFailed,
                .damaged:
                .failure
            case .cancelled: .interrupted
            }
    }
}
