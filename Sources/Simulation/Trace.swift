/// What happened in a simulation, line by line: a hash of all of it, and the last lines.
package struct Trace: Sendable {
    /// FNV-1a, the same in every process.
    package private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    package private(set) var lines: [String] = []
    /// How many lines are kept; 0 for all.
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func add(_ line: String) {
        for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ 0x0A) &* 0x100_0000_01B3
        lines.append(line)
        if capacity > 0, lines.count >= capacity * 2 { lines.removeFirst(capacity) }
    }
}
