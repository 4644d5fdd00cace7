internal import Engines

extension EngineKind {
    /// What its listings tell as the `version` of a snapshot that an engine of that kind took.
    ///
    /// Of what is newer than itself it knows the number alone: `8.19.22-[9111000]`, and before such ranges what the number would have
    /// meant, `8.53.70-alpha0`.
    func version(ofSnapshotsBy taker: EngineKind) -> String {
        let id = taker.release.id
        guard distribution == taker.distribution, distribution == .elasticsearch, id > release.id else {
            return taker.release.ofSnapshots
        }
        guard has(.snapshotVersionsAreRanges) else {
            let last = id % 100
            return "\(id / 1_000_000).\(id / 10_000 % 100).\(id / 100 % 100)\(last < 25 ? "-alpha\(last)" : "")"
        }
        let own = release.version.split(separator: ".").compactMap { Int($0) }
        return "\(own[0]).\(own[1]).\(own[2] + 1)-[\(id)]"
    }
}
