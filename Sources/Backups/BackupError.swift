package import ElasticsearchClient

/// Why an operation on backups did not succeed, in words for the operator.
package struct BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case invalidID
        case notFound
        case idTaken
        /// A snapshot of the repository is running that must end first.
        case repositoryBusy
        /// Somebody holds the backup.
        case held
        /// No engine is there that could serve anything: no connection, no answer in time, no master, or what answers is none.
        case engineUnreachable
        case engineDenied
        /// The index that tells Optimize's version tells none, or several: as while Optimize is being upgraded.
        case versionUnknown
        /// Something in the configuration doesn't fit the engine, such as a repository that is not registered.
        case configuration
        /// Somebody cancelled the backup of this fire time.
        case fireTimeCancelled
        /// The engine has no indices of this Optimize, or none for one of the parts.
        case noIndices
        /// The engine refused or failed.
        case engineFailed
        /// A snapshot ended, but not in SUCCESS.
        case snapshotFailed
        /// A snapshot lacks shards, as when the node that held them was lost; another attempt may succeed at once.
        case snapshotPartial
        /// A snapshot that was accepted is gone.
        case snapshotLost
        /// A snapshot doesn't contain exactly what was asked for.
        case contentMismatch
        /// `backup.timeout` passed.
        case tooLate
        /// `backup.takeUpWithin` passed before part 2 followed; a new backup may fare better.
        case firstPartTooOld
        /// What stands in the repository can't be read, one snapshot of it or all.
        case unreadable
        /// The storage behind the repository refuses to be read or written.
        case storageFailed
        /// All backups that stood in the repository are gone from the engine's list, and nobody is known to have deleted them.
        case namesVanished
        /// The engine's user does not see all of Optimize's indices.
        case indicesHidden
        /// A restore is under way.
        case restoring
        /// Something is in the way of a restore.
        case restoreRefused
        /// What was ordered does not come out of a snapshot.
        case restoreFailed
        /// A verification has found that a backup can't be relied on.
        case damaged
        /// A newer program made the backup: this one doesn't change it.
        case newerFormat
        case cancelled

        /// Whether it is a verdict on what was taken, though all its snapshots have succeeded.
        var isVerdict: Bool { self == .contentMismatch || self == .tooLate }

        /// Whether nobody can bring to a good end what has met it.
        var isDoom: Bool { isVerdict || self == .firstPartTooOld }
    }

    package let code: Code
    /// What failed, and what to do.
    package let message: String
    /// The setting to look at, such as `engine.urls`.
    package let setting: String?
    /// What the engine said.
    package let cause: EngineError?

    package init(_ code: Code, _ message: String, setting: String? = nil, cause: EngineError? = nil) {
        self.code = code
        self.message = message
        self.setting = setting
        self.cause = cause
    }

    /// Whether the same may succeed a while later, without anybody's doing.
    package var isCurableByWaiting: Bool {
        switch code {
        case .repositoryBusy, .snapshotFailed, .snapshotPartial, .snapshotLost, .contentMismatch, .firstPartTooOld,
            .versionUnknown, .unreadable, .storageFailed, .namesVanished, .restoring:
            true
        case .engineUnreachable: cause.map { $0.code != .untrusted } ?? true
        // Such as a full disk, a primary that is not assigned, an index that one node still lists.
        case .engineFailed: cause.map { [.failed, .indexMissing].contains($0.code) } ?? true
        // The right one may be back before the wrong one is corrected.
        case .configuration: cause?.code == .otherCluster
        // A clock is set by itself, and a session's key renewed by others.
        case .engineDenied: cause?.signatureFault?.isTransient ?? false
        case .invalidID, .notFound, .idTaken, .held, .fireTimeCancelled, .noIndices, .indicesHidden,
            .tooLate, .newerFormat, .restoreRefused, .restoreFailed, .damaged, .cancelled:
            false
        }
    }

    /// Whether the attempt that met it can't come to a good end, though what stands in the repository may look as if it could.
    var endsAttempt: Bool {
        switch code {
        case .contentMismatch, .firstPartTooOld, .noIndices, .indicesHidden, .tooLate: true
        case .configuration, .engineDenied, .engineFailed: !isCurableByWaiting
        default: false
        }
    }

    /// Whether it refuses what was asked for, with nothing amiss.
    package var isRefusal: Bool {
        [.invalidID, .idTaken, .repositoryBusy, .held, .fireTimeCancelled, .restoring, .restoreRefused, .notFound]
            .contains(code)
    }

    /// Whether it ends what nobody tries again; else somebody who sees it may go on with it.
    package var endsOrder: Bool { ![.engineUnreachable, .fireTimeCancelled, .cancelled].contains(code) }

    package var description: String {
        message + (cause.map { ": \($0)" } ?? "") + (setting.map { " (setting: \($0))" } ?? "")
    }
}

extension BackupError {
    /// What an engine's error means for an operation.
    ///
    /// - Parameter action: what failed, such as `creating the snapshot x`.
    package init(_ action: String, _ error: EngineError) {
        let (code, advice, setting): (Code, String, String?) =
            switch error.code {
            case .unreachable: (.engineUnreachable, "the engine is not reachable", "engine.urls")
            case .noAnswer: (.engineUnreachable, "the engine gave no answer", error.concern?.setting)
            case .untrusted: (.engineUnreachable, "no trusted TLS connection", error.concern?.setting)
            case .credentials: (.configuration, "the TLS files can't be used", error.concern?.setting)
            case .unsigned: (.engineUnreachable, "the request can't be signed", "engine.aws")
            case .notOffered: (.engineFailed, "the service does not offer this call to anybody", nil)
            case .denied where error.signatureFault != nil:
                (.engineDenied, error.signatureFault?.advice ?? "", error.concern?.setting)
            case .denied where error.status == 401:
                (
                    .engineDenied, "the engine does not know who asks, or wants other credentials",
                    error.concern?.setting
                )
            case .denied:
                (
                    .engineDenied, "\(error.credentials.owner) lacks a privilege for it",
                    error.credentials.settingOfRights
                )
            case .repositoryMissing: (.configuration, "the repository is not registered", "backup.repositoryName")
            case .nameTaken: (.idTaken, "the id exists", nil)
            case .blocked: (.engineFailed, "an index, or the cluster, is blocked by a setting: lift the block", nil)
            case .snapshotUnreadable: (.unreadable, "the storage does not give it", nil)
            case .snapshotMissing: (.notFound, "there is no such snapshot", nil)
            case .busy: (.repositoryBusy, "another snapshot operation is in the way", nil)
            case .cancelled: (.cancelled, "cancelled", nil)
            case .overloaded: (.engineUnreachable, "no engine is there that could serve it", "engine.urls")
            case .turnedAway: (.engineUnreachable, "the engine has too much to do, and took nothing on", nil)
            case .answerTooLarge: (.engineFailed, "the answer is larger than any that is meant", nil)
            case .rejected, .failed, .indexMissing: (.engineFailed, "the engine refused", nil)
            case .unexpectedAnswer: (.engineUnreachable, "what answers is no engine", "engine.urls")
            case .otherCluster: (.configuration, "not all URLs lead to one cluster", "engine.urls")
            }
        self.init(
            code, "\(action): \(advice)", setting: setting.map { error.isOfDrills ? Self.ofDrills($0) : $0 },
            cause: error)
    }

    /// The setting that is to the engine for drills what another is to Optimize's.
    private static func ofDrills(_ setting: String) -> String {
        setting == "backup.repositoryName" ? "verify.repositoryName" : "verify.\(setting)"
    }
}

extension EngineError {
    /// By what the engine was told who asks.
    fileprivate var credentials: EngineCredentials {
        if case .credentials(let credentials) = concern { credentials } else { .none }
    }
}

extension EngineError.Concern {
    /// The setting to look at.
    fileprivate var setting: String? {
        switch self {
        case .signature(let fault): fault.setting
        case .credentials(.signature): "engine.aws"
        case .credentials(.none): "engine.username"
        // Of an unknown user and of a wrong password the engine says the same.
        case .credentials(.password): "engine.passwordFile"
        case .credentials(.apiKey): "engine.apiKeyFile"
        case .credentials(.restorePassword): "restore.passwordFile"
        case .credentials(.restoreAPIKey): "restore.apiKeyFile"
        case .requestTimeout: "engine.requestTimeout"
        case .deleteTimeout: "engine.deleteTimeout"
        case .clientCertificate: "engine.clientCertificateFile"
        case .authority: "engine.caFile"
        }
    }
}

extension EngineCredentials {
    /// Whose rights count.
    package var owner: String {
        switch self {
        case .apiKey: "the engine's API key"
        case .signature: "the role or user whose key signs the requests"
        case .none, .password: "the engine's user"
        case .restorePassword: "the user that restores"
        case .restoreAPIKey: "the API key that restores"
        }
    }

    /// The setting that names whose rights count.
    package var settingOfRights: String {
        switch self {
        case .apiKey: "engine.apiKeyFile"
        case .signature: "engine.aws"
        case .none, .password: "engine.username"
        case .restorePassword: "restore.username"
        case .restoreAPIKey: "restore.apiKeyFile"
        }
    }
}
