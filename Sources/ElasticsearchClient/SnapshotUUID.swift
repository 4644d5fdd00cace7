internal import JSON

/// What tells a snapshot from another one that has its name later.
///
/// Engines write 22 digits of base 64 (`UUIDs.randomBase64UUID`): those take no memory of their own, any other text does.
package struct SnapshotUUID: Sendable, Hashable, CustomStringConvertible {
    private let form: Form

    private enum Form: Sendable, Hashable {
        /// Ten digits, ten, and two.
        case digits(UInt64, UInt64, UInt16)
        case text(String)
    }

    package init(_ text: String) {
        let digits = text.utf8.compactMap { value($0) }
        guard digits.count == 22, text.utf8.count == 22 else {
            form = .text(text)
            return
        }
        func number(_ range: Range<Int>) -> UInt64 { digits[range].reduce(0) { $0 << 6 | UInt64($1) } }
        form = .digits(number(0..<10), number(10..<20), UInt16(number(20..<22)))
    }

    package var description: String {
        switch form {
        case .text(let text): text
        case .digits(let first, let second, let last):
            String(decoding: digits(first, 10) + digits(second, 10) + digits(UInt64(last), 2), as: UTF8.self)
        }
    }
}

extension SnapshotUUID: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}

extension SnapshotUUID: JSONReadable {
    init(json: JSONValue) throws(JSONError) { self.init(try String(json: json)) }
}

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

private let values: [UInt8?] = (0...UInt8.max).map { byte in alphabet.firstIndex(of: byte).map { UInt8($0) } }

private func value(_ byte: UInt8) -> UInt8? { values[Int(byte)] }

private func digits(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { alphabet[Int(number >> (6 * UInt64($0)) & 63)] }
}
