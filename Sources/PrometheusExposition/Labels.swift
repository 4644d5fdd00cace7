/// The labels of a series, in the order in which they are written.
package struct Labels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    package struct Pair: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package let pairs: [Pair]

    package init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { Pair(name: $0, value: $1) }
    }

    /// The values of a row's labels, in their order.
    init(_ names: [String], _ values: [String]) {
        assert(names.count == values.count, "labels \(names) have the values \(values)")
        pairs = zip(names, values).map { Pair(name: $0, value: $1) }
    }

    /// The value of a label; nil if there is none of that name.
    package subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// As the formats write them: `{a="b",c="d"}`, or nothing.
    var text: String { pairs.isEmpty ? "" : open + "}" }

    /// The same without the bracket that closes it.
    var open: String {
        var text = ""
        for pair in pairs {
            text += text.isEmpty ? "{" : ","
            text += pair.name
            text += "=\""
            text += escaped(pair.value, quote: true)
            text += "\""
        }
        return text
    }
}

/// Escapes a label's value, or with `quote` false a help text.
func escaped(_ text: String, quote: Bool) -> String {
    guard text.utf8.contains(where: { [0x5C, 0x0A, 0x22].contains($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\"" where quote: result += "\\\""
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
