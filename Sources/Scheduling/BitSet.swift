/// Sets of small numbers, one bit each.
extension UInt64 {
    /// Whether a number from 0 to 63 is in the set.
    func has(_ number: Int) -> Bool { self &>> UInt64(truncatingIfNeeded: number) & 1 == 1 }

    /// The smallest number of the set that is not below the given one.
    func first(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = self & (UInt64.max &<< UInt64(truncatingIfNeeded: number))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// The numbers of the set, ascending.
    var numbers: [Int] { (0..<64).filter(has) }

    /// Every number of a range.
    init(_ range: ClosedRange<Int>) {
        self = range.reduce(0) { $0 | 1 << UInt64($1) }
    }
}
