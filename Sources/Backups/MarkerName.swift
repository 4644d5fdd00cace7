package import Time

/// The name of a marker: `optimize-backup_{kind}_{subject}_{owner}_{expiry}_{n}`.
///
/// What has to survive stands in it, since a name can be listed when nothing can be read. It is read from the right: a subject
/// may contain `_`. The first form, `optimize-backup_{kind}_{subject}_{n}`, is understood as well.
package struct MarkerName: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// A backup is never pruned, nor deleted.
        case hold
        /// Undoes the holds of lower numbers.
        case release
        /// A job takes no backups.
        case pause
        /// Undoes the pauses of lower numbers.
        case resume
        /// The backup of a fire time, or of an order, was cancelled: nobody takes it again.
        case cancel
        /// One attempt failed for good.
        case failed
        /// A restore is under way: no backup is taken, and none is pruned.
        case restore
        /// How a restore ended: a report, which stops nothing.
        case restored
        /// A verification, or its report.
        case verify
    }

    package let kind: Kind
    /// A backup's id, or a job's name; of a cancelled fire time the id that a first attempt has.
    package let subject: String
    /// `BackupOwner.hash`; nil in the first form, where only the metadata tells.
    package let owner: String?
    /// It counts until then; nil for ever.
    package let expiry: Instant?
    /// Tells markers of one subject apart, and which came later: seconds since 1970, or the next free number.
    package let number: Int64

    package init(_ kind: Kind, _ subject: String, owner: String, expiry: Instant?, number: Int64) {
        self.kind = kind
        self.subject = subject
        self.owner = owner
        // As a name has it, to the second.
        self.expiry = expiry.map { Instant(secondsSinceEpoch: $0.secondsSinceEpoch) }
        self.number = number
    }

    /// Reads a name; nil for one of no known form.
    package init?(_ name: String) {
        guard name.hasPrefix(Self.prefix) else { return nil }
        let fields = name.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
        guard fields.count >= 3, let kind = Kind(rawValue: String(fields[0])), let number = wholeNumber(fields.last),
            number > 0
        else { return nil }
        self.kind = kind
        self.number = number
        if fields.count >= 5, isHash(fields[fields.count - 3]), let expiry = wholeNumber(fields[fields.count - 2]) {
            subject = fields[1..<(fields.count - 3)].joined(separator: "_")
            owner = String(fields[fields.count - 3])
            self.expiry = expiry == 0 ? nil : Instant(secondsSinceEpoch: expiry)
        } else {
            subject = fields[1..<(fields.count - 1)].joined(separator: "_")
            (owner, expiry) = (nil, nil)
        }
        if subject.isEmpty { return nil }
    }

    package var description: String {
        guard let owner else { return "\(Self.prefix)\(kind.rawValue)_\(subject)_\(number)" }
        return "\(Self.prefix)\(kind.rawValue)_\(subject)_\(owner)_\(expiry?.secondsSinceEpoch ?? 0)_\(number)"
    }

    package static let prefix = "optimize-backup_"

    /// Finds every marker of a kind and a subject, and perhaps others.
    static func pattern(_ kind: Kind, _ subject: String) -> String { "\(prefix)\(kind.rawValue)_\(subject)_*" }

    /// Finds every marker, and perhaps other programs' snapshots.
    package static let pattern = "\(prefix)*"
}

private func wholeNumber(_ field: Substring?) -> Int64? {
    guard let field, !field.isEmpty, field.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    // An expiry beyond what a time can be is one that never comes.
    return Int64(field).map { min($0, 100_000_000_000) }
}

private func isHash(_ field: Substring) -> Bool {
    field.utf8.count == 16
        && field.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
}
