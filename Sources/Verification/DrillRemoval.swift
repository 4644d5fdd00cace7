internal import Backups
internal import ElasticsearchClient
internal import Time

/// Removes the indices of drills: each by its exact name, and none but those that carry a drill's own.
struct DrillRemoval {
    let place: BackupRepository
    /// How long it is looked on once nothing is left.
    let watchTime: Duration

    /// - Returns: what could not be removed within that time.
    func remove(_ drills: Set<DrillName>, within limit: Duration) async -> [String] {
        guard !drills.isEmpty else { return [] }
        let start = place.clock.uptime()
        var left = drills.map { "\($0)-*" }.sorted()
        var goneSince: Duration?
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(30))
        while !Task.isCancelled {
            do {
                left = try await place.client.attended.indices(matching: DrillName.pattern)
                    .filter { index in DrillName(ofIndex: index).map(drills.contains) ?? false }
                if left.isEmpty {
                    let since = goneSince ?? place.clock.uptime()
                    goneSince = since
                    if place.clock.uptime() - since >= watchTime { return [] }
                } else {
                    goneSince = nil
                    try await place.client.deleteIndices(left)
                }
            } catch {
                // What can't be asked, or is busy, is asked again; what is refused may be granted.
            }
            guard place.clock.uptime() - start < limit else { return left }
            let delay = goneSince == nil ? backoff.next(place.client.random) : .seconds(5)
            guard (try? await place.clock.sleep(for: delay)) != nil else { return left }
        }
        return left
    }
}
