/// The two formats in which Prometheus reads metrics.
package enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Text format 0.0.4, which every Prometheus reads.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Chooses by a request's `Accept`: OpenMetrics where it is named, and text is not liked better.
    package init(accept: String?) {
        var qualities: [String: Double] = [:]
        for range in (accept ?? "").lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let name = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            // Of several versions the one that is liked best.
            qualities[name] = max(qualities[name] ?? 0, quality)
        }
        let openMetrics = qualities["application/openmetrics-text"] ?? 0
        let text = qualities["text/plain"] ?? qualities["text/*"] ?? qualities["*/*"] ?? 0
        self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
    }

    /// The exposition of all families, in the order given; those without series are left out.
    package func exposition(of families: [MetricFamily]) -> String { lines(of: families) + ending }

    /// The same without its end, for a text that is made in pieces.
    package func lines(of families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.series.isEmpty {
            let metric = family.declaration
            let (name, own) = (headName(of: metric), metric.seriesName)
            text += "# HELP \(name) \(escaped(metric.help, quote: self == .openMetrics))\n"
            text += "# TYPE \(name) \(typeName(of: metric.kind))\n"
            for series in family.series {
                switch series.value {
                case .histogram(let histogram): histogram.write(own, series.labels, to: &text)
                case .number(let value):
                    text += own
                    text += series.labels.text
                    text += " "
                    text += number(value)
                    text += "\n"
                }
            }
        }
        return text
    }

    /// What stands behind the last family.
    package var ending: String { self == .openMetrics ? "# EOF\n" : "" }

    /// The name in the HELP and TYPE lines: the text format wants it as its series are named.
    private func headName(of metric: MetricDeclaration) -> String {
        self == .text ? metric.seriesName : metric.name
    }

    private func typeName(of kind: MetricDeclaration.Kind) -> String {
        guard self == .text, kind == .info else { return kind.rawValue }
        return MetricDeclaration.Kind.gauge.rawValue
    }
}

/// A number as both formats read it; whole ones without a fraction.
func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return "\(value)"
}
