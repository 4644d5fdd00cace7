internal import CSystemd
internal import Glibc

/// What a descriptor can be watched for, and what it was found to be.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer will send nothing more; it may still read.
    package static let halfClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// The connection is over; seen whatever is watched for.
    package static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
    /// Seen whatever is watched for.
    package static let error = Readiness(rawValue: EPOLLERR.rawValue)
}

/// A watch on a descriptor, which stays its owner's to close; belongs to the loop's thread.
package final class DescriptorSource {
    private var source: OpaquePointer?
    private let callback: (Readiness) -> Void

    /// - Throws: `LoopError`, for a descriptor that can't be watched or is watched already.
    package init(
        _ loop: Loop, _ descriptor: Int32, _ interest: Readiness, callback: @escaping (Readiness) -> Void
    ) throws(LoopError) {
        self.callback = callback
        let result = sd_event_add_io(
            loop.event, &source, descriptor, interest.rawValue,
            { _, _, events, context in
                guard let context else { return 0 }
                let source = Unmanaged<DescriptorSource>.fromOpaque(context).takeUnretainedValue()
                source.callback(Readiness(rawValue: events))
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
        try check(result, "sd_event_add_io")
    }

    deinit { cancel() }

    /// What to watch for from now on.
    package func update(_ interest: Readiness) {
        if let source { sd_event_source_set_io_events(source, interest.rawValue) }
    }

    /// Ends the watch; harmless when it has ended.
    package func cancel() {
        sd_event_source_disable_unref(source)
        source = nil
    }
}
