/// A schedule that can't be read, and why.
package struct ScheduleError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}
