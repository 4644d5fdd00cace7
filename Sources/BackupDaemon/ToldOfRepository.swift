/// What the log has been told of the state of the repository.
struct ToldOfRepository: Sendable {
    /// Snapshots that can't be read.
    var unreadable: Set<String> = []
    /// Why the repository can't be trusted.
    var trouble: String?
    /// Why nothing goes by age.
    var clock: String?
}
