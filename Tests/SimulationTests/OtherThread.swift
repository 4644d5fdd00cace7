import Glibc

/// Resumes from a thread of its own, once the task has had time to suspend.
func resumeOnAnotherThread(_ continuation: CheckedContinuation<Void, Never>) {
    final class Box {
        let continuation: CheckedContinuation<Void, Never>
        init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }
    }
    let box = Unmanaged.passRetained(Box(continuation))
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { context in
            usleep(100_000)
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().continuation.resume() }
            return nil
        }, box.toOpaque())
    pthread_detach(thread)
}
