internal import Text

/// Rows as columns, two spaces apart.
///
/// Each row is one line that fits the terminal, whatever stands in it; columns that say nothing leave their place there to others.
struct Table {
    private let rows: [[String]]

    /// - Parameter rows: the headings first; all of equal length.
    init(_ rows: [[String]]) {
        self.rows = rows.map { $0.map(\.onOneLine) }
    }

    /// - Parameter alarming: words that stand out where one is a whole cell.
    func text(_ terminal: Terminal, alarming: Set<String> = []) -> String {
        let rows = terminal.width == nil ? rows : sayingSomething
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = terminal.fit(cells.joined(separator: "  "))
            guard let column = row.firstIndex(where: alarming.contains) else { return line + "\n" }
            // What the terminal obeys has no width, so that the colour comes last.
            let start = widths[..<column].reduce(0) { $0 + $1 + 2 }
            let word = line.dropFirst(start).prefix(row[column].count)
            return line.prefix(start) + terminal.red(String(word)) + line.dropFirst(start + word.count) + "\n"
        }
        .joined()
    }

    /// Without the columns in which only dashes stand.
    private var sayingSomething: [[String]] {
        let columns = (rows.first ?? []).indices.filter { column in
            rows.count == 1 || rows.dropFirst().contains { !["", "-"].contains($0[column]) }
        }
        return rows.map { row in columns.map { row[$0] } }
    }
}
