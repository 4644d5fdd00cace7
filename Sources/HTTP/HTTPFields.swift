/// Header fields in the order they were given; names compare without regard to case.
package struct HTTPFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    package mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value of that name; setting replaces all of them, and nil removes them.
    package subscript(name: String) -> String? {
        get { fields.first { equal($0.name, name) }?.value }
        set {
            fields.removeAll { equal($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    /// Every value of that name, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { equal($0.name, name) }.map(\.value)
    }
}

private func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.lowercased() == right.lowercased()
}
