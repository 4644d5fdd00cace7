internal import Backups

/// How the program ends; where several reasons apply, the highest.
package enum ExitStatus: Int32, Sendable, CaseIterable, Comparable {
    case success = 0
    /// The operation failed.
    case failure = 1
    case doneInPart = 2
    case noSuchBackup = 4
    /// The id exists, or the repository is busy.
    case conflict = 5
    case usage = 64
    case engineUnreachable = 69
    case outputNotWritten = 74
    case engineDenied = 77
    case configuration = 78
    /// A signal ended it before its end.
    case interrupted = 130

    package static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rawValue < right.rawValue }
}

extension ExitStatus {
    init(_ error: BackupError) {
        self =
            switch error.code {
            case .invalidID: .usage
            case .notFound: .noSuchBackup
            case .idTaken, .repositoryBusy, .held, .fireTimeCancelled, .restoring: .conflict
            case .engineUnreachable: .engineUnreachable
            case .engineDenied: .engineDenied
            case .configuration, .versionUnknown: .configuration
            case .noIndices, .engineFailed, .snapshotFailed, .snapshotPartial, .snapshotLost, .contentMismatch,
                .tooLate, .firstPartTooOld, .newerFormat,
                .unreadable, .storageFailed, .namesVanished, .indicesHidden:
                .failure
            case .cancelled: .interrupted
            }
    }
}
