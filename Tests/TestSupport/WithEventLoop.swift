package import EventLoop
internal import Glibc

/// Runs a body on a loop with a thread of its own, and waits for it.
///
/// Tests that use it are synchronous: Swift Testing would run an `async` one on the global pool.
package func withEventLoop<Value: Sendable>(
    _ body: @escaping @Sendable (Loop) async throws -> Value
) throws -> Value {
    var result: Result<Value, any Error>?
    onThreadOfItsOwn {
        Loop.block([SIGUSR1, SIGUSR2])
        result = Result {
            let loop = try Loop()
            return try loop.run { try await body(loop) }
        }
    }
    return try result!.get()  // the thread has ended, and sets it before it does
}

/// Runs a body on a new thread and waits until it has ended.
private func onThreadOfItsOwn(_ body: () -> Void) {
    withoutActuallyEscaping(body) { body in
        let routine = Routine(body)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Routine>.fromOpaque(context).takeUnretainedValue().body() }
                return nil
            }, Unmanaged.passUnretained(routine).toOpaque())
        precondition(result == 0, "no thread for a loop")
        pthread_join(thread, nil)
        routine.body = {}
    }
}

private final class Routine {
    var body: () -> Void

    init(_ body: @escaping () -> Void) {
        self.body = body
    }
}
