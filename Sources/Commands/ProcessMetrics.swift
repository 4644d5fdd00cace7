internal import Backups
internal import EventLoop
internal import Glibc
internal import PrometheusExposition
internal import Time

/// What Prometheus expects every process to tell of itself, as Linux's /proc has it, and the loop's own figure.
struct ProcessMetrics {
    /// Seconds.
    private let longestJob: Double
    private let cpuTime: Double
    private let startTime: Double
    /// Bytes.
    private let (virtualMemory, residentMemory): (Double, Double)
    private let maximumDescriptors: Double

    /// Reads them all.
    init(_ loop: Loop, startTime: Instant) {
        longestJob = loop.longestJob.seconds
        self.startTime = Double(startTime.microsecondsSinceEpoch) / 1e6
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF
        cpuTime =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        maximumDescriptors = Double(limit.rlim_cur)
        let pages = readLine(ofFile: "/proc/self/statm").split(separator: " ").compactMap { Double($0) }
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        (virtualMemory, residentMemory) = ((pages.first ?? 0) * page, (pages.count > 1 ? pages[1] : 0) * page)
    }

    var families: [MetricFamily] { Self.rows.map { $0.family(of: self) } }

    static let rows: [Metric<ProcessMetrics>] = [
        Metric(info: "optimize_backup_build", "What runs.", labels: ["version", "revision", "swift"]) { _ in
            [version, "unknown", swiftVersion]
        },
        Metric(
            gauge: "optimize_backup_loop_longest_job_seconds",
            "The longest that one job kept the loop, in this minute and the last."
        ) { $0.longestJob },
        Metric(counter: "process_cpu_seconds", "Time spent computing.") { [([], $0.cpuTime)] },
        Metric(gauge: "process_virtual_memory_bytes", "Memory that is mapped.") { $0.virtualMemory },
        Metric(gauge: "process_resident_memory_bytes", "Memory that is present.") { $0.residentMemory },
        Metric(gauge: "process_open_fds", "Open descriptors.") { _ in Double(openDescriptors()) },
        Metric(gauge: "process_max_fds", "How many descriptors may be open.") { $0.maximumDescriptors },
        Metric(gauge: "process_start_time_seconds", "When the process started.") { $0.startTime },
    ]
}

#if compiler(>=6.3)
    private let swiftVersion = "6.3"
#else
    private let swiftVersion = "6.2"
#endif

private func readLine(ofFile path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 256)
    guard fgets(&buffer, 256, file) != nil else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 && $0 != 0x0A }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = -3  // itself, `.` and `..`
    while readdir(directory) != nil { count += 1 }
    return max(count, 0)
}
