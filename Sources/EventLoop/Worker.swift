internal import Glibc

/// One thread for what would block the loop; it starts with the first work and sleeps when there is none.
///
/// Where the system has no thread to give, the work is done in place: a slow loop beats none.
final class Worker: @unchecked Sendable {
    // Unchecked: the queue is touched only between lock and unlock.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wakeUp = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue: [@Sendable () -> Void] = []
    private var isRunning = false

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(wakeUp, nil)
    }

    func perform(_ work: @escaping @Sendable () -> Void) {
        guard isRunning || start() else { return work() }
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        queue.append(work)
        pthread_cond_signal(wakeUp)
    }

    /// Starts the thread, which keeps this object alive for as long as the process lives.
    ///
    /// - Returns: false when the system has none to give.
    private func start() -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Worker>.fromOpaque(context).takeUnretainedValue().run() }
                return nil
            }, context)
        guard result == 0 else {
            Unmanaged<Worker>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        isRunning = true
        return true
    }

    private func run() {
        while true {
            pthread_mutex_lock(lock)
            while queue.isEmpty { pthread_cond_wait(wakeUp, lock) }
            let work = queue.removeFirst()
            pthread_mutex_unlock(lock)
            work()
        }
    }
}
