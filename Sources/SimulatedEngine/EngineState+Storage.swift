extension EngineState {
    /// What becomes of writing to a repository, and of reading from it.
    package enum Storage: Sendable {
        case working
        /// Nothing can be written: no space is left.
        case full
        /// Nothing can be written: the file system is read-only.
        case readOnly
        /// Nothing can be written or read: access is denied.
        case denied

        /// The exception that its refusal is, of a blob, and what causes that.
        func causes(at blob: String) -> [EngineCause] {
            switch self {
            case .working, .full: [EngineCause(type: "i_o_exception", reason: "No space left on device")]
            case .readOnly: [EngineCause(type: "file_system_exception", reason: "/repo/\(blob): Read-only file system")]
            case .denied:
                [EngineCause(type: "i_o_exception", reason: "Unable to upload object [\(blob)]"), .accessDenied]
            }
        }
    }

    /// What is wrong with the blob of a snapshot.
    package enum Damage: CaseIterable, Sendable {
        case missing
        case corrupt
    }
}

extension EngineCause {
    static let accessDenied = EngineCause(
        type: "s3_exception", reason: "Access Denied (Service: S3, Status Code: 403, Request ID: null)")
}
