internal import CSystemd
internal import Glibc

/// What other threads give the loop to do: the only state that threads share.
final class Inbox: @unchecked Sendable {
    // Unchecked: `works` is touched only between lock and unlock. A pthread mutex, since the thread sanitizer doesn't
    // understand the standard library's.

    enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    /// Readable while there is something to take.
    let descriptor: Int32
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var works: [Work] = []

    init() throws(LoopError) {
        descriptor = try checkErrno(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)), "eventfd")
        pthread_mutex_init(lock, nil)
    }

    deinit {
        close(descriptor)
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    func put(_ work: Work) {
        pthread_mutex_lock(lock)
        let wasEmpty = works.isEmpty
        works.append(work)
        pthread_mutex_unlock(lock)
        if wasEmpty { eventfd_write(descriptor, 1) }
    }

    func take() -> [Work] {
        var value: eventfd_t = 0
        eventfd_read(descriptor, &value)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        var taken: [Work] = []
        swap(&taken, &works)
        return taken
    }
}
