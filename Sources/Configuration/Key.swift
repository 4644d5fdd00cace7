/// A key of the configuration in one row: what it is called, what it does, what is allowed, and where its value goes.
///
/// Whatever is not given stays as it is in the owner's `unset`, where a default is said once.
struct Key<Owner: ConfiguredSection>: Sendable {
    /// The last component of its path.
    let name: String
    /// For the manual and the example configuration.
    let description: KeyDescription
    /// Takes the value over, if there is a good one.
    let read: @Sendable (Section, inout Owner) -> Void
}

extension Key {
    typealias Property<Value> = WritableKeyPath<Owner, Value> & Sendable

    /// A key with a default.
    init<Value>(
        _ name: String, _ property: any Property<Value>, _ notation: Notation<Value>, variables: [String] = [],
        example: String? = nil, since: String = firstVersion, _ documentation: String
    ) {
        let standard = notation.text(Owner.unset[keyPath: property])
        self.init(
            name, .value(allowed: notation.allowed, unset: .standard(standard), variables), example, since,
            documentation
        ) { section, owner in
            if let (value, _) = section.read(name, notation, variables: variables) { owner[keyPath: property] = value }
        }
    }

    /// A key that may be left out.
    ///
    /// - Parameter unset: what holds then.
    init<Value>(
        _ name: String, _ property: any Property<Value?>, _ notation: Notation<Value>, unset: String = "none",
        example: String? = nil, since: String = firstVersion, _ documentation: String
    ) {
        self.init(
            name, .value(allowed: notation.allowed, unset: .words(unset), []), example, since, documentation
        ) { section, owner in
            if let (value, _) = section.read(name, notation) { owner[keyPath: property] = value }
        }
    }

    /// A key that has to be given.
    ///
    /// - Parameters:
    ///   - notation: which may depend on what is known of the owner.
    ///   - wanted: what is to be given, in the words for who has not given it.
    init<Value>(
        required name: String, _ property: any Property<Value>,
        _ notation: @escaping @Sendable (Owner) -> Notation<Value>,
        variables: [String] = [], wanted: String? = nil, example: String, since: String = firstVersion,
        _ documentation: String
    ) {
        let allowed = notation(Owner.unset).allowed
        self.init(
            name, .value(allowed: allowed, unset: .required, variables), example, since, documentation
        ) { section, owner in
            if let (value, _) = section.read(name, notation(owner), variables: variables) {
                owner[keyPath: property] = value
            } else if !section.isGiven(name) {
                let places = (["it"] + variables.map { "the variable \($0)," }).joined(separator: ", or ")
                section.complain(
                    name, wanted.map { "is missing; set \(places) to \($0)" } ?? "is missing, allowed is \(allowed)")
            }
        }
    }

    /// The name of a file whose only line is a secret.
    ///
    /// - Parameter isRead: for whom the file is read; to others it is a name, since they need not be able to read it.
    init(
        secretFile name: String, _ property: any Property<String?>,
        isRead: @escaping @Sendable (Inputs) -> Bool = { _ in true }, since: String = firstVersion,
        _ documentation: String
    ) {
        self.init(
            name, .value(allowed: Notation.file.allowed, unset: .words("none"), []), nil, since, documentation
        ) { section, owner in
            if isRead(section.reading.inputs) {
                owner[keyPath: property] = section.secret(name)
            } else {
                _ = section.read(name, .file)
            }
        }
    }

    /// The name of a file in PEM.
    init(
        pemFile name: String, _ property: any Property<[UInt8]?>, unset: String = "none",
        since: String = firstVersion, _ documentation: String
    ) {
        self.init(
            name, .value(allowed: Notation.file.allowed, unset: .words(unset), []), nil, since, documentation
        ) { section, owner in
            owner[keyPath: property] = section.pem(name)
        }
    }

    /// A mapping of keys of its own.
    ///
    /// - Parameters:
    ///   - example: what the example configuration gives of it.
    ///   - unset: what holds here, and not elsewhere, where a key of it is not given.
    init<Inner: ConfiguredSection>(
        section name: String, _ property: any Property<Inner>, example: [String: String] = [:],
        unset: [String: String] = [:], since: String = firstVersion, _ documentation: String
    ) {
        let keys = Inner.keys.map { key in
            var description = key.description
            if let value = example[key.name] { description.example = value }
            if let words = unset[key.name] { description.replaceUnset(words) }
            return description
        }
        self.init(name, .section(keys), nil, since, documentation) { section, owner in
            section.section(name).read(into: &owner[keyPath: property])
        }
    }

    /// A mapping of names, each with keys of its own.
    init<Inner: ConfiguredSection>(
        each name: String, of inner: Inner.Type, example: String, since: String = firstVersion,
        _ documentation: String,
        read: @escaping @Sendable (Section, inout Owner) -> Void
    ) {
        self.init(name, .each(Inner.keys.map(\.description)), example, since, documentation) { section, owner in
            read(section.section(name), &owner)
        }
    }

    private init(
        _ name: String, _ kind: KeyDescription.Kind, _ example: String?, _ since: String, _ documentation: String,
        read: @escaping @Sendable (Section, inout Owner) -> Void
    ) {
        self.name = name
        description = KeyDescription(
            name: name, kind: kind, documentation: documentation, since: since, example: example)
        self.read = read
    }
}

/// Of this program; keys that came later say so.
private let firstVersion = "1.0.0"

/// What a mapping of the configuration becomes.
protocol ConfiguredSection: Sendable {
    /// Every key that the mapping may have.
    static var keys: [Key<Self>] { get }
    /// What holds of everything that is not given.
    static var unset: Self { get }
    /// Complains of what is wrong with several keys together.
    mutating func check(_ section: Section)
}

extension ConfiguredSection {
    mutating func check(_: Section) {}
}
