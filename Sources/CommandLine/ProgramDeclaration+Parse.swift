internal import CGetopt
internal import Glibc
internal import Text

extension ProgramDeclaration {
    /// Reads the arguments behind the program's name, by getopt_long.
    ///
    /// getopt_long keeps its place in global variables: one thread at a time.
    package func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        let general = try scan(arguments, options: options, stopAtOperand: true)
        guard let name = general.rest.first else {
            return Invocation(command: nil, operands: [], options: general.options)
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            let hint = suggestion(for: name, among: commands.map(\.name))
            throw UsageError(
                "unknown command '\(name)'\(hint.isEmpty ? "; '\(self.name) --help' lists them" : hint)")
        }
        let own = try scan(Array(general.rest.dropFirst()), options: options + command.options, stopAtOperand: false)
        let options = general.options.merging(own.options) { $0 + $1 }
        if options["help"] == nil, !command.operandCount.contains(own.rest.count) {
            throw UsageError(
                own.rest.count < command.operandCount.lowerBound
                    ? "\(name) needs \(command.operands)"
                    : "too many operands: \(own.rest[command.operandCount.upperBound...].joined(separator: " "))")
        }
        return Invocation(command: name, operands: own.rest, options: options)
    }

    private func scan(
        _ arguments: [String], options: [Option], stopAtOperand: Bool
    ) throws(UsageError) -> (options: [String: [String]], rest: [String]) {
        var vector: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) } + [nil]
        let owned = vector
        defer { owned.forEach { free($0) } }
        let names = options.map { strdup($0.name) }
        defer { names.forEach { free($0) } }
        var long = zip(options, names).enumerated().map { index, pair in
            option(
                name: pair.1, has_arg: pair.0.value == nil ? no_argument : required_argument, flag: nil,
                val: firstValue + Int32(index))
        }
        long.append(option())
        let short = options.compactMap { option in option.short.map { "\($0)\(option.value == nil ? "" : ":")" } }
        let shortOptions = (stopAtOperand ? "+:" : ":") + short.joined()

        getopt_restart()
        var found: [String: [String]] = [:]
        while true {
            let next = getopt_long(Int32(arguments.count + 1), &vector, shortOptions, long, nil)
            if next == -1 { break }
            let given = vector[Int(getopt_position()) - 1].map { String(cString: $0) } ?? ""
            switch next {
            case Int32(UInt8(ascii: ":")):
                throw UsageError("option '\(given)' needs a value")
            case Int32(UInt8(ascii: "?")):
                let name = String(given.prefix { $0 != "=" })
                throw UsageError(
                    "unknown or ambiguous option '\(given)'\(suggestion(for: name, among: options.map { "--\($0.name)" }))"
                )
            default:
                guard let option = options.first(where: { $0.matches(next, in: options) }) else { continue }
                found[option.name, default: []].append(option.value == nil ? "" : String(cString: getopt_value()))
            }
        }
        let rest = vector[Int(getopt_position())..<arguments.count + 1].compactMap { $0.map { String(cString: $0) } }
        return (found, rest)
    }
}

/// What getopt_long returns for the first declared option: above every character.
private let firstValue: Int32 = 0x100

extension Option {
    fileprivate func matches(_ value: Int32, in options: [Option]) -> Bool {
        if value >= firstValue { return options[Int(value - firstValue)] == self }
        return short?.asciiValue.map(Int32.init) == value
    }
}
