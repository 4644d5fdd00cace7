/// `; did you mean …?` where a known name is within two typing mistakes.
package func suggestion(for name: String, among known: some Sequence<String>) -> String {
    let near = known.map { (distance(name, $0), $0) }.filter { $0.0 <= 2 }.min { $0 < $1 }
    return near.map { "; did you mean \($0.1)?" } ?? ""
}

/// How many letters have to be added, dropped or changed to make one word of the other.
private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.unicodeScalars)
    var row = Array(0...right.count)
    for (index, scalar) in left.unicodeScalars.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let change = diagonal + (scalar == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(change, row[column] + 1, row[column + 1] + 1)
        }
    }
    return row[right.count]
}
