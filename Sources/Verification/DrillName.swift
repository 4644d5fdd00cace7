package import Backups
internal import Text

/// What the indices of a drill are called: `drill-`, sixteen digits that stand for its marker's name, and what they are called in life.
///
/// Whoever finds one can tell by the markers of the repository whose it is, and whether it is still wanted.
package struct DrillName: Sendable, Hashable, CustomStringConvertible {
    /// Sixteen hexadecimal digits.
    package let digits: String

    package init(of marker: MarkerName) {
        digits = fnv1a(marker.description).hexDigits
    }

    /// That of which an index is; nil for one of another name.
    package init?(ofIndex name: String) {
        guard name.hasPrefix(Self.beginning) else { return nil }
        let digits = name.dropFirst(Self.beginning.count).prefix { $0 != "-" }
        guard digits.utf8.count == 16, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }),
            name.dropFirst(Self.beginning.count + digits.count).hasPrefix("-")
        else { return nil }
        self.digits = String(digits)
    }

    package init(digits: String) { self.digits = digits }

    /// Takes the place of the prefix in the names of indices.
    package var description: String { Self.beginning + digits }

    private static let beginning = "drill-"

    /// Finds the indices of every drill, and perhaps others.
    static let pattern = "drill-*"
}
