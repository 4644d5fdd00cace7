extension EngineState {
    /// The indices that names and patterns find, aliases resolved, sorted; in the second place the first name that there is not.
    ///
    /// - Parameter takesClosed: whether wildcards find closed ones.
    func resolve(_ patterns: [String], takesClosed: Bool = true) -> (found: [String], missing: String?) {
        var found: Set<String> = []
        var missing: String?
        for pattern in patterns {
            if pattern.hasPrefix("-") {
                found = found.filter { !matches($0, String(pattern.dropFirst())) }
                continue
            }
            let isWildcard = pattern.contains("*") || pattern == "_all"
            let names = indices.filter { name, index in
                guard !isWildcard || takesClosed || index.isOpen else { return false }
                return pattern == "_all" || matches(name, pattern) || index.aliases.contains { matches($0, pattern) }
            }
            if names.isEmpty, !isWildcard { missing = missing ?? pattern }
            found.formUnion(names.keys)
        }
        return (found.sorted(), missing)
    }

    /// The indices that a request names, as far as the program's user may see them: what is named and hidden is refused, what a
    /// wildcard finds is left out without a word, as closed ones are unless asked for.
    func find(
        _ call: EngineCall, _ endpoint: EngineEndpoint, takesClosed: Bool
    ) -> (found: [String], failure: EngineReply?) {
        let asked = call.query["expand_wildcards"]?.split(separator: ",")
        let closed = asked.map { $0.contains("all") || $0.contains("closed") } ?? takesClosed
        let (all, missing) = resolve(call.names(at: 0), takesClosed: closed)
        if let missing, call.query["ignore_unavailable"] != "true" { return ([], .indexMissing(missing)) }
        let takesOpen = asked.map { $0.contains("all") || $0.contains("open") } ?? true
        let visible = all.filter { !hiddenIndices.contains($0) && (takesOpen || indices[$0]?.isOpen == false) }
        let isNamed = call.names(at: 0).contains { !$0.contains("*") && $0 != "_all" }
        if visible.isEmpty, !all.isEmpty, isNamed { return ([], .denied(endpoint.action)) }
        return (visible, nil)
    }
}
