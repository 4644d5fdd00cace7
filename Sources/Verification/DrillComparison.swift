internal import ElasticsearchClient
internal import Text

/// What came back in a drill beside what lives; pure.
struct DrillComparison {
    private(set) var findings: [VerificationFinding] = []
    private(set) var remarks: [String] = []
    /// Indices to which nothing was written since, so that they had to be the same.
    private(set) var compared = 0
    private(set) var documents: Int64 = 0

    mutating func add(_ finding: VerificationFinding) { findings.append(finding) }

    /// - Parameters:
    ///   - names: of what came back, by the names in life.
    ///   - live: what lives; nil where it can't be asked.
    init(
        _ names: [String: String], restored: [String: IndexStatistics], live: [String: IndexStatistics]?
    ) {
        var (missing, different, changed) = ([String](), [String](), 0)
        for (index, target) in names.sorted(by: { $0.key < $1.key }) {
            guard let found = restored[target] else {
                missing.append(index)
                continue
            }
            documents += found.documents
            guard let live, let now = live[index], now.sequenceNumbers == found.sequenceNumbers else {
                changed += 1
                continue
            }
            compared += 1
            guard now.documents != found.documents else { continue }
            different.append("\(index): \(found.documents) came back, \(now.documents) live")
        }
        if !missing.isEmpty {
            findings.append(VerificationFinding(.notRestored, "indices did not come back", names: missing))
        }
        if !different.isEmpty {
            findings.append(
                VerificationFinding(
                    .countDiffers, "documents differ, though nothing was written since the backup", names: different))
        }
        guard live != nil else {
            remarks.append("what came back was compared with nothing, since what lives can't be asked")
            return
        }
        if changed > 0 {
            remarks.append("\(changed.of("index", "indices")) changed since the backup, or went: compared with nothing")
        }
    }
}
