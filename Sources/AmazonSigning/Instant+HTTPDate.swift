internal import Time

extension Instant {
    /// Reads the date of an answer, such as `Thu, 26 Nov 2026 15:00:00 GMT`; nil for anything else.
    init?(httpDate text: String) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2])),
            let date = CalendarDate(year: year, month: month + 1, day: day)
        else { return nil }
        let clock = words[4].split(separator: ":").map { Int($0) ?? -1 }
        guard clock.count == 3, let time = LocalTime(date, hour: clock[0], minute: clock[1], second: clock[2]) else {
            return nil
        }
        self.init(secondsSinceEpoch: time.secondsSinceEpoch)
    }
}

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
