internal import CSystemd
internal import Glibc

/// A timer on the clock that also runs while the machine is suspended; belongs to the loop's thread.
package final class TimerSource {
    private var source: OpaquePointer?
    private let callback: () -> Void

    /// Calls back once, after the delay; precise to a fraction of a millisecond.
    package init(_ loop: Loop, after delay: Duration, callback: @escaping () -> Void) throws(LoopError) {
        self.callback = callback
        let result = sd_event_add_time_relative(
            loop.event, &source, CLOCK_BOOTTIME, delay.unsignedMicroseconds, 1,
            { _, _, context in
                guard let context else { return 0 }
                Unmanaged<TimerSource>.fromOpaque(context).takeUnretainedValue().callback()
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
        try check(result, "sd_event_add_time")
    }

    deinit { cancel() }

    /// Calls back once more, after the delay from now.
    package func restart(after delay: Duration) {
        guard let source else { return }
        sd_event_source_set_time_relative(source, delay.unsignedMicroseconds)
        sd_event_source_set_enabled(source, Int32(SD_EVENT_ONESHOT))
    }

    /// Ends the timer; harmless when it has ended.
    package func cancel() {
        sd_event_source_disable_unref(source)
        source = nil
    }
}

extension Duration {
    /// At most a hundred years, so that adding it to a clock's reading can't overflow.
    fileprivate var unsignedMicroseconds: UInt64 {
        let microseconds = min(max(self, .zero), .seconds(3_155_760_000)) / .microseconds(1)
        return UInt64(microseconds)
    }
}
