internal import CSystemd
internal import Glibc
internal import Time

/// A timer on the wall clock that also goes off when somebody sets that clock; belongs to the loop's thread.
///
/// sd-event's own wall-clock timers don't notice a clock that is set, hence a timerfd of our own.
final class Alarm {
    private let descriptor: Int32
    private var source: DescriptorSource?

    init(_ loop: Loop, at deadline: Instant, callback: @escaping (WakeReason) -> Void) throws(LoopError) {
        descriptor = try checkErrno(
            timerfd_create(CLOCK_REALTIME, Int32(TFD_CLOEXEC | TFD_NONBLOCK)), "timerfd_create")
        // A timer set to 0 would never go off; what lies before 1970 is due as well.
        let microseconds = max(deadline.microsecondsSinceEpoch, 1)
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(microseconds / 1_000_000)
        setting.it_value.tv_nsec = Int(microseconds % 1_000_000 * 1_000)
        let flags = Int32(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)
        let descriptor = descriptor
        do {
            _ = try checkErrno(timerfd_settime(descriptor, flags, &setting, nil), "timerfd_settime")
            source = try DescriptorSource(loop, descriptor, [.readable]) { _ in
                if let reason = Alarm.reason(readFrom: descriptor) { callback(reason) }
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Why a timerfd became readable; nil when there was nothing to read after all.
    static func reason(readFrom descriptor: Int32) -> WakeReason? {
        var expirations: UInt64 = 0
        if read(descriptor, &expirations, 8) == 8 { return .due }
        return errno == ECANCELED ? .clockChanged : nil
    }

    func cancel() {
        guard let source else { return }
        source.cancel()
        self.source = nil
        close(descriptor)
    }
}
