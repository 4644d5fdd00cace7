/// A time zone that can't be had, and what to do.
package struct ZoneError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

extension Zone {
    /// Reads a TZif file, versions 1 to 4 (RFC 9636).
    ///
    /// - Throws: `ZoneError` for bytes that are none.
    package init(name: String, tzif bytes: [UInt8]) throws(ZoneError) {
        guard let file = TZifFile(bytes) else {
            throw ZoneError(
                description: "the rules of the time zone \(name) are damaged: install Debian's package tzdata again")
        }
        self.init(
            name: name, times: file.times, offsets: file.offsets, firstOffset: file.firstOffset,
            footer: file.footer.flatMap { ZoneRule($0) })
    }
}

/// What a TZif file says that matters here: abbreviations, leap seconds and indicators are passed over.
private struct TZifFile {
    var times: [Int64] = []
    var offsets: [Int32] = []
    var firstOffset: Int32 = 0
    var footer: String?

    private struct Counts {
        var isUT = 0, isStandard = 0, leap = 0, time = 0, type = 0, character = 0

        func size(timeSize: Int) -> Int {
            time * timeSize + time + type * 6 + character + leap * (timeSize + 4) + isStandard + isUT
        }
    }

    init?(_ bytes: [UInt8]) {
        guard let version = Self.version(bytes[...]), let first = Self.counts(bytes[...]) else { return nil }
        let secondHeader = 44 + first.size(timeSize: 4)
        if version == 0 {
            guard read(bytes.dropFirst(44), first, timeSize: 4) else { return nil }
        } else {
            let second = bytes.dropFirst(secondHeader)
            guard Self.version(second) != nil, let counts = Self.counts(second),
                read(second.dropFirst(44), counts, timeSize: 8)
            else { return nil }
            let end = second.dropFirst(44 + counts.size(timeSize: 8))
            guard end.first == 0x0A, let close = end.dropFirst().firstIndex(of: 0x0A) else { return nil }
            footer = String(decoding: end[(end.startIndex + 1)..<close], as: UTF8.self)
        }
    }

    private static func version(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        guard bytes.count >= 44, bytes.prefix(4).elementsEqual("TZif".utf8) else { return nil }
        return bytes[bytes.startIndex + 4]
    }

    private static func counts(_ bytes: ArraySlice<UInt8>) -> Counts? {
        let numbers = (0..<6).map { Int(integer(bytes, 20 + $0 * 4, 4)) }
        // No zone comes near these; larger numbers are damage.
        guard numbers.allSatisfy({ (0...65_536).contains($0) }), (1...256).contains(numbers[4]) else { return nil }
        return Counts(
            isUT: numbers[0], isStandard: numbers[1], leap: numbers[2], time: numbers[3], type: numbers[4],
            character: numbers[5])
    }

    private mutating func read(_ block: ArraySlice<UInt8>, _ counts: Counts, timeSize: Int) -> Bool {
        guard block.count >= counts.size(timeSize: timeSize) else { return false }
        let indices = counts.time * timeSize
        let types = (0..<counts.type).map {
            Int32(truncatingIfNeeded: integer(block, indices + counts.time + $0 * 6, 4))
        }
        guard types.allSatisfy({ abs(Int($0)) < 26 * 3_600 }) else { return false }
        firstOffset = types[0]
        for index in 0..<counts.time {
            let time = integer(block, index * timeSize, timeSize)
            let type = Int(block[block.startIndex + indices + index])
            // RFC 9636 §3.2 keeps times within 2^59 seconds of the epoch.
            guard type < types.count, abs(time >> 1) <= 1 << 58, times.last.map({ $0 < time }) ?? true else {
                return false
            }
            times.append(time)
            offsets.append(types[type])
        }
        return true
    }
}

/// A big-endian signed integer of so many bytes.
private func integer(_ bytes: ArraySlice<UInt8>, _ position: Int, _ size: Int) -> Int64 {
    let field = bytes[(bytes.startIndex + position)..<(bytes.startIndex + position + size)]
    let bits = field.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return size == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
}
