internal import Backups
internal import ElasticsearchClient
internal import Restores
internal import Text
internal import Time

extension RestorePlan {
    /// What a person reads before they say yes.
    func text(_ terminal: Terminal) -> String {
        var lines = [
            "restore    \(id) of Optimize \(version)" + (time.map { ", begun at \($0.toTheSecond)" } ?? "")
                + (cluster.map { ", of the cluster \($0)" } ?? "")
        ]
        if let continued {
            lines.append(
                "goes on    with the restore that \(continued.by.isEmpty ? "somebody" : continued.by.onOneLine) began")
        }
        for part in parts {
            let size = part.bytes.map { ", \($0.inBytes)" } ?? ""
            let shards = part.shards.map { ", \($0.of("shard"))" } ?? ""
            lines.append("part       \(part.snapshot): \(part.indices.count.of("index", "indices"))\(shards)\(size)")
        }
        if let renaming { lines.append("under      \(renaming.newPrefix)-*, without aliases") }
        if !held.isEmpty {
            lines.append(
                "holds      \(held.first.map(\.description) ?? "")\(held.count > 1 ? " and \((held.count - 1).of("newer one"))" : ""), for 30 days"
            )
        }
        if takesSafetyBackup {
            lines.append("backs up   what stands, before any of it is deleted")
        } else if let safetyBackup {
            lines.append("kept       what stood before, as the backup \(safetyBackup)")
        } else if !deleted.isEmpty {
            lines.append("no way     back: what is deleted is not backed up before")
        }
        lines += deleted.map { terminal.red("deletes    \($0.onOneLine)") }
        lines += warnings.map { "warning    \($0.onOneLine)" }
        for obstacle in obstacles {
            lines.append(terminal.red("in the way \(obstacle.message.onOneLine)"))
            lines += obstacle.names.map { "           \($0.onOneLine)" }
        }
        return lines.map { "\($0)\n" }.joined()
    }
}

extension RestoreReport {
    var text: String {
        var lines = [
            "restored   \(plan.id) in \(duration.text): \(plan.targets.count.of("index", "indices")), \(shards.of("shard")), "
                + "\(documents) documents"
        ]
        if !withoutAlias.isEmpty {
            lines.append(
                "warning    without an alias, so that Optimize does not find them: \(withoutAlias.joined(separator: ", "))"
            )
        }
        if let safetyBackup { lines.append("kept       what stood before, as the backup \(safetyBackup)") }
        if plan.renaming == nil {
            lines.append(
                "next       start Optimize \(plan.version), of that very version; it makes its index templates itself")
        }
        return lines.map { $0.onOneLine + "\n" }.joined()
    }
}
