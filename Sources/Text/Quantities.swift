extension Int {
    /// So many of something, such as `1 job`, `2 jobs` or `3 indices`.
    ///
    /// - Parameter plural: where an `s` is not all that is wanting.
    package func of(_ noun: String, _ plural: String? = nil) -> String {
        "\(self) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}

extension Int64 {
    /// So many bytes in powers of two, to a tenth: `512 B`, `3.5 KiB`, `2 GiB`.
    package var inBytes: String {
        var (value, unit) = (Double(self), "B")
        // What would round to 1024 is one of the next.
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] where value >= (unit == "B" ? 1_024 : 1_023.95) {
            (value, unit) = (value / 1_024, next)
        }
        let tenths = Int64((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
