internal import Glibc

/// The descriptors 0, 1 and 2, which may have been closed by whoever started the program.
package enum StandardDescriptors {
    /// Opens those that are closed on `/dev/null`, before anything else gets their numbers, and what is meant for them.
    ///
    /// Results that go nowhere are told: to stdout nothing can be written then.
    package static func fill() {
        while case let descriptor = open("/dev/null", O_RDWR), descriptor >= 0 {
            guard descriptor <= STDERR_FILENO else {
                close(descriptor)
                return
            }
            guard descriptor == STDOUT_FILENO else { continue }
            close(descriptor)
            _ = open("/dev/null", O_RDONLY)
        }
    }
}
