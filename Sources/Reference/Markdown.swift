/// A table of Markdown.
func table(_ head: [String], _ rows: [[String]]) -> String {
    let lines = [head, head.map { _ in "---" }] + rows.map { $0.map(cell) }
    return lines.map { line in "|" + line.map { $0.isEmpty ? " |" : " \($0) |" }.joined() }.joined(separator: "\n")
        .replacing("| --- ", with: "|---").replacing("--- |", with: "---|")
}

/// Words that a cell of a table can hold.
private func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
}

/// What is to be typed, or stands in a file, as it is.
func code(_ text: String) -> String { text.isEmpty ? "" : "`\(text)`" }

/// A paragraph whose lines are at most so wide; single line breaks are spaces.
func wrapped(_ text: String, width: Int = 120, indentation: String = "") -> String {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
        if let line = lines.last, line.count + 1 + word.count <= width {
            lines[lines.count - 1] += " \(word)"
        } else {
            lines.append(indentation + word)
        }
    }
    return lines.joined(separator: "\n")
}
