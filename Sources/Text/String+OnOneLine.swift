extension String {
    /// The same as one line that shows all that is in it: for words that others wrote, wherever they are printed.
    ///
    /// A run of line ends becomes one space. Other control characters, those that change the direction of writing, and those that
    /// nobody sees are escaped, such as `\u{1B}`. What is on one line already stays as it is.
    package var onOneLine: String {
        var line = UnicodeScalarView()
        var isWithinEnds = false
        for scalar in unicodeScalars {
            if scalar.endsLine {
                if !isWithinEnds { line.append(" ") }
            } else if scalar.hidesText {
                line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                line.append(scalar)
            }
            isWithinEnds = scalar.endsLine
        }
        return String(line)
    }

    /// JSON text with the same values, in which nothing stands that a terminal would obey, or that would change the direction of writing.
    package var withHiddenEscapedAsJSON: String {
        var text = UnicodeScalarView()
        for scalar in unicodeScalars {
            // Below U+0020 there are but line ends of the layout: JSON has the others escaped already.
            if scalar.value >= 0x7F, scalar.hidesText || scalar.endsLine {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    let zeros = String(repeating: "0", count: 4 - digits.count)
                    text.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
                }
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }

    /// The same in so many bytes of UTF-8 at most, which are no fewer than three; an ellipsis stands for what was cut off.
    package func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit - "…".utf8.count)
        while end.samePosition(in: unicodeScalars) == nil { utf8.formIndex(before: &end) }
        return String(unicodeScalars[..<end]) + "…"
    }
}

extension Unicode.Scalar {
    /// LF, VT, FF, CR, NEL and the separators of lines and paragraphs.
    fileprivate var endsLine: Bool {
        switch value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Whether a terminal would obey it instead of showing it, would show what is beside it in another order, or would show nothing.
    fileprivate var hidesText: Bool {
        switch value {
        case 0x20...0x7E: false
        // They choose between two pictures of the character before.
        case 0xFE0E, 0xFE0F: false
        default: properties.isDefaultIgnorableCodePoint || [.control, .format].contains(properties.generalCategory)
        }
    }
}
