package import Time

extension Schedule {
    /// What the schedule means, in words, such as "at 02:00 Europe/Berlin, Monday to Friday".
    package func explanation(in zone: Zone) -> String {
        switch rule {
        case .every(let seconds):
            return "every \(CalendarDuration(seconds: Int(seconds))), counted from 1970-01-01T00:00:00Z"
        case .cron(let fields):
            let parts = [fields.timeOfDay(zone.name), fields.days.words, fields.monthsInWords]
            return parts.compactMap { $0 }.joined(separator: ", ")
        }
    }
}

extension CronFields {
    fileprivate func timeOfDay(_ zone: String) -> String {
        let count = hours.nonzeroBitCount * minutes.nonzeroBitCount * seconds.nonzeroBitCount
        guard count > 6 else {
            let times = hours.numbers.flatMap { hour in
                minutes.numbers.flatMap { minute in
                    seconds.numbers.map { clock(Int64(hour * 3_600 + minute * 60 + $0)) }
                }
            }
            return "at \(list(times)) \(zone)"
        }
        var words: [String] = []
        if seconds != 1 { words.append(steps(of: seconds, 60, "second")) }
        if minutes.nonzeroBitCount < 60 || seconds == 1 { words.append(steps(of: minutes, 60, "minute")) }
        if hours.nonzeroBitCount < 24 {
            words.append("in hour\(hours.nonzeroBitCount == 1 ? "" : "s") \(list(runs(of: hours) { "\($0)" }))")
        } else if !words.contains(where: { $0.hasPrefix("every") }) {
            words.append("of every hour")
        }
        return "\(words.joined(separator: " ")) \(zone)"
    }

    fileprivate var monthsInWords: String? {
        guard months.nonzeroBitCount < 12 else { return nil }
        let names = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        return "in \(list(runs(of: months) { names[$0 - 1] }))"
    }
}

/// "every minute", "every 15 minutes", or which ones.
private func steps(of set: UInt64, _ count: Int, _ unit: String) -> String {
    let numbers = set.numbers
    if numbers.count == count { return "every \(unit)" }
    let step = numbers.count > 1 ? numbers[1] - numbers[0] : count
    if numbers.count > 2, numbers[0] == 0, count % step == 0,
        numbers == Array(stride(from: 0, to: count, by: step))
    {
        return "every \(step) \(unit)s"
    }
    return "at \(unit)\(numbers.count == 1 ? "" : "s") \(list(runs(of: set) { "\($0)" }))"
}

extension DayRule {
    fileprivate var words: String? {
        let (month, week) = (daysOfMonthInWords, daysOfWeekInWords)
        switch (month, week) {
        case (nil, nil): return nil
        case (let month?, nil): return needsBoth ? month : nil
        case (nil, let week?): return needsBoth ? week : nil
        case (let month?, let week?): return "\(month) \(needsBoth ? "if it is" : "or") \(week)"
        }
    }

    /// Nil for every day.
    private var daysOfMonthInWords: String? {
        guard daysOfMonth != UInt64(1...31) else { return nil }
        var words: [String] = []
        if daysOfMonth != 0 {
            words.append(
                "on day\(daysOfMonth.nonzeroBitCount == 1 ? "" : "s") \(list(runs(of: daysOfMonth) { "\($0)" }))")
        }
        for days in daysBeforeLast.numbers {
            words.append(
                days == 0 ? "on the last day" : "\(days) day\(days == 1 ? "" : "s") before the last one")
        }
        for day in nearestWeekdays.numbers {
            words.append("on the day from Monday to Friday that is nearest to day \(day)")
        }
        if hasLastWeekday { words.append("on the last day from Monday to Friday") }
        return list(words) + " of the month"
    }

    /// Nil for every day.
    private var daysOfWeekInWords: String? {
        guard daysOfWeek != 0x7F else { return nil }
        // The week begins on Monday, for "Friday to Sunday".
        let fromMonday = daysOfWeek & 0x7E | (daysOfWeek & 1) << 7
        var words = daysOfWeek == 0 ? [] : runs(of: fromMonday) { weekdayNames[$0 % 7] }
        for day in lastDaysOfWeek.numbers { words.append("the last \(weekdayNames[day]) of the month") }
        for bit in numberedDaysOfWeek.numbers {
            words.append("the \(ordinals[bit / 7]) \(weekdayNames[bit % 7]) of the month")
        }
        return list(words)
    }
}

private let weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
private let ordinals = ["first", "second", "third", "fourth", "fifth"]

/// Three and more in a row become "a to b".
private func runs(of set: UInt64, _ name: (Int) -> String) -> [String] {
    var (words, rest) = ([String](), set.numbers[...])
    while let first = rest.first {
        var length = 1
        while length < rest.count, rest[rest.startIndex + length] == first + length { length += 1 }
        if length > 2 {
            words.append("\(name(first)) to \(name(first + length - 1))")
        } else {
            words += rest.prefix(length).map(name)
        }
        rest = rest.dropFirst(length)
    }
    return words
}

/// "a", "a and b", "a, b and c".
private func list(_ words: [String]) -> String {
    guard words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) and \(words[words.count - 1])"
}
