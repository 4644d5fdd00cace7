internal import Scheduling
internal import Time

extension Key where Value == Bool {
    /// `true` or `false`.
    init(flag name: String, _ documentation: String) {
        self.init(name, allowed: "true or false", documentation) { (text) throws(Refusal) in
            switch text {
            case "true": return true
            case "false": return false
            default: throw Refusal()
            }
        }
    }
}

extension Key where Value == Int {
    /// A count, or `all`.
    init(count name: String, _ documentation: String) {
        self.init(name, allowed: "a whole number from 1 to 1000000, or all", documentation) { (text) throws(Refusal) in
            if text == "all" { return .max }
            guard let count = Int(text), (1...1_000_000).contains(count),
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else {
                throw Refusal()
            }
            return count
        }
    }

    /// A number within a range.
    init(_ name: String, _ range: ClosedRange<Int>, _ documentation: String) {
        self.init(name, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)", documentation) {
            (text) throws(Refusal) in
            guard let number = Int(text), range.contains(number) else { throw Refusal() }
            return number
        }
    }
}

extension Key where Value: CaseIterable & RawRepresentable<String> & SendableMetatype {
    /// One of some words.
    init(choice name: String, _ documentation: String) {
        let words = Value.allCases.map(\.rawValue)
        self.init(name, allowed: "one of \(words.joined(separator: ", "))", documentation) { (text) throws(Refusal) in
            guard let value = Value(rawValue: text) else { throw Refusal() }
            return value
        }
    }
}

extension Key where Value == Schedule {
    /// When something happens.
    ///
    /// - Parameter job: whose name `H` is hashed from.
    init(schedule name: String, job: String = "", _ documentation: String) {
        self.init(
            name, allowed: "five or six fields of cron, @daily and the like, or @every 6h", documentation
        ) { (text) throws(Refusal) in
            do throws(ScheduleError) {
                return try Schedule(text, job: job)
            } catch {
                let own = "'\(text)' "
                let reason = error.description
                throw Refusal(reason.hasPrefix(own) ? String(reason.dropFirst(own.count)) : "is no schedule: \(reason)")
            }
        }
    }
}
