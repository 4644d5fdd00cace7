extension Duration {
    /// For a person, to a tenth of a second: `30 s`, `0.3 s`.
    package var inSeconds: String {
        let tenths = (self / .milliseconds(100)).rounded()
        return tenths.remainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) s" : "\(tenths / 10) s"
    }
}
