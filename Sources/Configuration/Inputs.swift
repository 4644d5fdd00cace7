package import Time

/// Everything that a configuration is made from, so that reading it is a pure function.
package struct Inputs: Sendable {
    /// A file as it was found.
    package struct File: Sendable {
        package let bytes: [UInt8]
        /// Whether everybody on the machine may read it.
        package let isReadableByAll: Bool

        package init(_ bytes: [UInt8], isReadableByAll: Bool = false) {
            self.bytes = bytes
            self.isReadableByAll = isReadableByAll
        }
    }

    /// The name of the configuration file, for messages and for the files beside it.
    package var name: String
    /// What stands in it; empty if there is none.
    package var text: [UInt8]
    package var environment: [String: String]
    /// Whether it is read for a restore, which alone needs the secrets of who restores.
    package var isForRestore: Bool
    /// Whether secrets and certificates are read; else their files are names.
    package var readsSecrets: Bool
    /// Reads another file; nil if there is none, or none that can be read.
    package var readFile: @Sendable (String) -> File?
    /// Finds a time zone by its name.
    package var loadZone: @Sendable (String) throws(ZoneError) -> Zone

    package init(
        name: String, text: [UInt8], environment: [String: String] = [:], isForRestore: Bool = true,
        readsSecrets: Bool = true, readFile: @escaping @Sendable (String) -> File? = { _ in nil },
        loadZone: @escaping @Sendable (String) throws(ZoneError) -> Zone = { (name) throws(ZoneError) in
            try Zone.load(name)
        }
    ) {
        self.name = name
        self.text = text
        self.environment = environment
        self.isForRestore = isForRestore
        self.readsSecrets = readsSecrets
        self.readFile = readFile
        self.loadZone = loadZone
    }
}
