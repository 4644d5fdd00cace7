internal import Glibc

/// A system call of the loop that failed, for want of descriptors or memory as a rule.
package struct LoopError: Error, Sendable, Equatable, CustomStringConvertible {
    package let call: String
    /// Of errno.
    package let number: Int32

    package var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// Turns the negative errno that sd-event returns into an error.
func check(_ result: Int32, _ call: String) throws(LoopError) {
    guard result >= 0 else { throw LoopError(call: call, number: -result) }
}

/// Turns -1 with errno into an error.
func checkErrno(_ result: Int32, _ call: String) throws(LoopError) -> Int32 {
    guard result >= 0 else { throw LoopError(call: call, number: errno) }
    return result
}
