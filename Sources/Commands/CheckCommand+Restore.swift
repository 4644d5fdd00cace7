internal import Backups
internal import ElasticsearchClient
internal import Text

/// What a restore of Optimize's backups can't bring back.
extension CheckCommand {
    /// Of which Camunda's own indices are known by their names, unless somebody has given them others.
    private static let components = [
        ("Zeebe", "zeebe-record"), ("Operate", "operate-"), ("Tasklist", "tasklist-"),
        ("the orchestration cluster", "camunda-"),
    ]

    func tellLimits(_ report: inout Report) async {
        report.notes.append(
            "a backup has indices with their documents and aliases, and neither index templates nor lifecycle policies: Optimize makes its own "
                + "when it starts")
        let patterns = Self.components.map { "\($0.1)*" }.joined(separator: ",")
        guard let states = try? await repository.client.indexStates(matching: patterns) else { return }
        let own = "\(repository.settings.indexPrefix)-"
        let found = Self.components.filter { _, prefix in
            states.keys.contains { $0.hasPrefix(prefix) && !$0.hasPrefix(own) }
        }
        guard !found.isEmpty else { return }
        report.remark(
            "\(found.map(\.0).joined(separator: ", ")) \(found.count == 1 ? "keeps" : "keep") indices in this engine, too "
                + "(\(found.map { "\($0.1)*" }.joined(separator: ", "))): a backup of Optimize alone is no consistent point in time with them; "
                + "Camunda's guide backs up all of them under one id")
    }
}
