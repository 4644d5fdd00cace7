internal import Text
internal import YAML

/// One reading of a configuration: collects what is wrong, and knows which variables mean something.
final class Reading {
    let inputs: Inputs
    private(set) var problems: [Problem] = []
    private(set) var warnings: [Problem] = []
    /// The keys of files that systemd has brought.
    private(set) var credentialKeys: [String] = []
    private var knownVariables: Set<String> = [Settings.fileVariable]

    init(_ inputs: Inputs) {
        self.inputs = inputs
    }

    func complain(_ place: Problem.Place, _ path: String, _ message: String) {
        let problem = Problem(place: place, path: path, message: message)
        // A mapping may be looked at twice.
        if !problems.contains(problem) { problems.append(problem) }
    }

    func warn(_ place: Problem.Place, _ path: String, _ message: String) {
        warnings.append(Problem(place: place, path: path, message: message))
    }

    /// Notes where the file that a key names was found.
    func note(_ path: String, foundAt file: String) {
        guard let folder = inputs.environment["CREDENTIALS_DIRECTORY"], file.hasPrefix("\(folder)/") else { return }
        credentialKeys.append(path)
    }

    func place(_ mark: YAMLMark) -> Problem.Place {
        .file(inputs.name, line: mark.line, column: mark.column)
    }

    /// The value of the first of the variables that is set and not empty.
    func variable(_ names: [String]) -> (name: String, value: String)? {
        knownVariables.formUnion(names)
        for name in names {
            if let value = inputs.environment[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }

    /// Warns of variables that begin as ours do and mean nothing; Kubernetes sets such ones for a service of that name.
    func checkVariables() {
        for name in inputs.environment.keys.sorted() where name.hasPrefix("OPTIMIZE_BACKUP_") {
            guard !knownVariables.contains(name), !name.hasPrefix("OPTIMIZE_BACKUP_TEST_") else { continue }
            warn(
                .variable(name), "",
                "no key of the configuration has this variable\(suggestion(for: name, among: knownVariables))")
        }
    }

    /// Replaces `${NAME}` and `${NAME:default}` by variables, as Optimize does.
    ///
    /// - Throws: a refusal for a variable that is not set and has no default, and for a brace that is not closed.
    func substituted(_ text: String) throws(Refusal) -> String {
        var (result, rest) = ("", text[...])
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw Refusal("'${' without '}'")
            }
            let inner = rest[start.upperBound..<end].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(inner.first ?? "")
            guard let value = inputs.environment[name] ?? (inner.count == 2 ? String(inner[1]) : nil) else {
                throw Refusal("the variable \(name) is not set, and there is no default as in ${\(name):default}")
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
