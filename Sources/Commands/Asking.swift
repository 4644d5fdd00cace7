internal import EventLoop
internal import Glibc

/// Asks the person at the terminal, for as long as they take.
///
/// - Throws: `CancellationError` for anything but yes.
func askToGoOn(_ question: String) throws {
    write("\(question) [y/N] ", to: STDERR_FILENO)
    let answer = Loop.interruptible(by: [SIGINT, SIGTERM, SIGHUP]) { readLine() }
    guard let answer, ["y", "yes"].contains(answer.lowercased()) else { throw CancellationError() }
}
