package import JSON

extension EngineState {
    package struct Repository: Sendable, Equatable {
        package var type: String
        package var settings: JSONValue
        /// In the order in which they were accepted.
        package var snapshots: [Snapshot] = []
        /// Those whose blob can't be read, by their uuids; their names are still known.
        package var unreadable: [String: Damage] = [:]
        /// What becomes of writing and reading.
        ///
        /// What runs when it turns bad is lost at its end. Let the engine `advance(to:)` that time before changing it, or what has
        /// ended since the last request counts as running.
        package var storage: Storage = .working {
            didSet {
                guard storage != .working else { return }
                for index in snapshots.indices where snapshots[index].isRunning { snapshots[index].isLost = true }
            }
        }

        package init(type: String = "fs", settings: JSONValue = [:], snapshots: [Snapshot] = []) {
            self.type = type
            self.settings = settings
            self.snapshots = snapshots
        }

        var isReadOnly: Bool { settings["readonly"] == "true" || settings["readonly"] == true }

        package func snapshot(_ name: String) -> Snapshot? { snapshots.first { $0.name == name } }
    }
}
