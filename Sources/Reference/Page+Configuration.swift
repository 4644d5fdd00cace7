internal import Configuration

extension Page {
    static var configuration: Page {
        Page(
            markdown: "docs/configuration.md", from: ["the rows of Key in Sources/Configuration"],
            [
                "# Configuration",
                wrapped(
                    """
                    YAML, in the file that `--config FILE` names, else `$\(Settings.fileVariable)`, else `\(Settings.standardFile)`, \
                    which alone may be missing. `systemd/config.yaml` is an example with every key. Unknown keys, keys given twice and \
                    impossible values are errors with file, line and column, all of them at once; `optimize-backup check` tells them. A \
                    reload with errors leaves the running configuration in force, and fails.
                    """),
                wrapped(
                    """
                    Durations are `30s`, `15m` (minutes), `6h`, `30d`, `8w`, or ISO 8601's `PT15M`; where months and years are allowed, \
                    `6mo` and `2y`, too. A key without a value, or with `null` or `~`, is not given; in quotes \
                    `"null"` is text. `${NAME}` and `${NAME:default}` in a value stand for a variable, as in Optimize's own file.
                    """),
                wrapped(
                    """
                    Every key outside `jobs` has a variable that wins over the file: `engine.requestTimeout` is \
                    `OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT`, and lists are separated by commas. A variable of that kind that no key has \
                    is an error. The variables that Optimize itself reads mean the same where they are named below; ours win over them.
                    """),
                wrapped(
                    """
                    A key whose name ends in `File` names a file: an absolute name, or one in `$CREDENTIALS_DIRECTORY` (systemd's \
                    `LoadCredential=`), else beside the configuration. A reload reads it again, whether or not the configuration has changed. \
                    In `$CREDENTIALS_DIRECTORY` a changed file takes a restart, since systemd brings it at a start only; the journal says so.
                    """),
                wrapped(
                    """
                    Changes of `engine`, `backup`, `server` and `log` take a restart, all others a reload, as do changes within the files \
                    that `engine` names.
                    """),
            ] + Settings.keyDescriptions.flatMap(chapter))
    }

    /// The keys of one of the outermost mappings.
    private static func chapter(_ key: KeyDescription) -> [String] {
        let rows = rows(of: key, at: key.name)
        return ["## \(key.name)", wrapped(key.documentation)]
            + [table(["key", "default", "what it does", "allowed", "since"], rows)]
    }

    private static func rows(of key: KeyDescription, at path: String) -> [[String]] {
        switch key.kind {
        case .section(let keys):
            return keys.flatMap { inner in
                rows(of: inner, at: "\(path).\(inner.name)", introduction: inner.isSection)
            }
        case .each(let keys):
            return keys.flatMap { inner in
                rows(of: inner, at: "\(path).NAME.\(inner.name)", introduction: inner.isSection)
            }
        case .value(let allowed, let unset, let variables):
            let variables = variables.isEmpty ? "" : " Also: \(variables.map(code).joined(separator: ", "))."
            return [[code(path), text(unset), key.documentation + variables, allowed, key.since]]
        }
    }

    private static func rows(of key: KeyDescription, at path: String, introduction: Bool) -> [[String]] {
        (introduction ? [[code(path), "", key.documentation, "a mapping", key.since]] : []) + rows(of: key, at: path)
    }

    private static func text(_ unset: KeyDescription.Unset) -> String {
        switch unset {
        case .standard(let value): code(value)
        case .words(let words): words
        case .required: "required"
        }
    }
}

extension KeyDescription {
    fileprivate var isSection: Bool {
        if case .value = kind { false } else { true }
    }
}
