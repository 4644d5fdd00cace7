package import JSON

/// The shape of a JSON document, as `docs/json.md` has it.
package struct Shape {
    private let shape: JSONValue
    private let others: [String: JSONValue]

    /// - Parameter title: of the section that it stands in.
    package init(_ title: String) {
        let path = "\(repositoryFolder)/docs/json.md"
        var shapes: [String: JSONValue] = [:]
        for section in contents(of: path).split(separator: "\n## ").dropFirst() {
            let name = section.prefix { $0 != "\n" }
            let block = section.split(separator: "```json\n").last?.split(separator: "\n```").first ?? ""
            shapes[String(name)] = JSONValue(Array(block.utf8))
        }
        shape = shapes[title] ?? .null
        others = shapes
    }

    /// What of a document does not fit, each with where it stands.
    package func problems(of document: String) -> [String] {
        guard let value = JSONValue(Array(document.utf8)) else { return ["no JSON: \(document)"] }
        return problems(of: value)
    }

    package func problems(of value: JSONValue) -> [String] { compare(value, shape, at: "") }

    private func compare(_ value: JSONValue, _ shape: JSONValue, at place: String) -> [String] {
        switch (value, shape) {
        case (.object(let members), .object(let shapes)):
            let keys = Set(members.keys).symmetricDifference(shapes.keys).sorted()
            return keys.map { "\(place).\($0) is in one of them only" }
                + members.sorted { $0.key < $1.key }.flatMap { key, value in
                    shapes[key].map { compare(value, $0, at: "\(place).\(key)") } ?? []
                }
        case (.array(let elements), .array(let shapes)):
            return elements.enumerated().flatMap { compare($1, shapes.first ?? .null, at: "\(place)[\($0)]") }
        case (_, .string(let name)):
            if let other = others[name] { return compare(value, other, at: place) }
            let isKind = fits(value, kind: name.last == "?" ? String(name.dropLast()) : name)
            return isKind || name.last == "?" && value == .null ? [] : ["\(place) is no \(name): \(value)"]
        default: return ["\(place) is not as the shape has it: \(value)"]
        }
    }

    private func fits(_ value: JSONValue, kind: String) -> Bool {
        switch (value, kind) {
        case (.string, "text"), (.boolean, "boolean"), (.integer, "number"), (.number, "number"), (.integer, "id"): true
        case (.string(let text), "id"): Int64(text).map { "\($0)" != text || $0 < 0 } ?? true
        case (.string(let text), "time"): text.utf8.count >= 20 && text.dropFirst(10).first == "T"
        default: false
        }
    }
}
