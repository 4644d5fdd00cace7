internal import Backups
internal import Restores
internal import Text

/// Shows a restore on a terminal, and notes what a person should know.
struct RestoreProgressLine: Sendable {
    let output: Output

    func observe(_ event: RestoreEvent) {
        switch event {
        case .marked: break
        case .held(let ids): output.note("\(ids.map(\.description).joined(separator: ", ")) held for 30 days")
        case .backingUp(let event): ProgressLine(output: output).observe(event)
        case .deleted(let names): output.note("deleted \(names.joined(separator: ", "))")
        case .ordered(let snapshot, let count): output.progress("\(snapshot): \(count.of("index", "indices")) ordered")
        case .repeating(let snapshot, let why, _): output.note("\(snapshot) is ordered again: \(why)")
        case .progress(let progress):
            let filled = Int(progress.fraction * 40)
            let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 40 - filled)
            output.progress(
                "[\(bar)] \(progress.shards) of \(progress.totalShards) shards, \(progress.bytes.inBytes) of \(progress.totalBytes.inBytes)"
            )
        case .left(let marker):
            output.note(
                "the same command goes on; no backup begins before it has, or 'optimize-backup markers remove \(marker)' lifts the marker, "
                    + "or it expires")
        case .unknown(let error): output.note("nobody can tell how it is, asking on: \(error)")
        }
    }
}
