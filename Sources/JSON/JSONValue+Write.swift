extension JSONValue {
    /// As JSON, keys sorted, slashes left alone; equal values are equal bytes.
    ///
    /// A number that JSON doesn't know, such as infinity, is null.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indentation: nil)
        return bytes
    }

    /// The same for people: a member or an element a line.
    package var indented: String {
        var bytes: [UInt8] = []
        write(to: &bytes, indentation: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Parameter indentation: of the line on which it begins, in spaces; nil for all on one line.
    private func write(to bytes: inout [UInt8], indentation: Int?) {
        switch self {
        case .null: bytes += "null".utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += "\(value)".utf8
        case .number(let value):
            let isWhole = value == value.rounded() && abs(value) < 1e15
            bytes += (!value.isFinite ? "null" : isWhole ? "\(Int64(value))" : "\(value)").utf8
        case .string(let value): write(value, to: &bytes)
        case .array(let values):
            write(values, between: ("[", "]"), to: &bytes, indentation: indentation) { value, bytes, indentation in
                value.write(to: &bytes, indentation: indentation)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            write(sorted, between: ("{", "}"), to: &bytes, indentation: indentation) { member, bytes, indentation in
                write(member.key, to: &bytes)
                bytes += (indentation == nil ? ":" : ": ").utf8
                member.value.write(to: &bytes, indentation: indentation)
            }
        }
    }

    private func write<Item>(
        _ items: [Item], between ends: (String, String), to bytes: inout [UInt8], indentation: Int?,
        _ write: (Item, inout [UInt8], Int?) -> Void
    ) {
        let inner = items.isEmpty ? nil : indentation.map { $0 + 2 }
        func endLine(_ indentation: Int?) {
            guard inner != nil, let indentation else { return }
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
        }
        bytes += ends.0.utf8
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            endLine(inner)
            write(item, &bytes, inner)
        }
        endLine(indentation)
        bytes += ends.1.utf8
    }

    private func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.contains(where: \.mustBeEscaped) {
            for byte in text.utf8 { write(escaping: byte, to: &bytes) }
        } else {
            bytes += text.utf8
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func write(escaping byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): bytes += "\\\"".utf8
        case UInt8(ascii: "\\"): bytes += "\\\\".utf8
        case 0x0A: bytes += "\\n".utf8
        case 0x0D: bytes += "\\r".utf8
        case 0x09: bytes += "\\t".utf8
        case 0..<0x20: bytes += "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: bytes.append(byte)
        }
    }
}

extension UInt8 {
    /// In a text, by RFC 8259.
    fileprivate var mustBeEscaped: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}
