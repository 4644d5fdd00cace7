import CCurl
import Glibc

/// The engine's calls with libcurl's easy interface and nothing else.
final class RawClient {
    private let easy = curl_easy_init()
    private let headers = curl_slist_append(nil, "Content-Type: application/json")
    private let base: String

    init(base: String) {
        self.base = base
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
    }

    /// Sends a request and returns the body of the answer; ends the program when there is none.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: String? = nil) -> String {
        final class Box { var bytes: [UInt8] = [] }
        let box = Box()
        (base + path).withCString { url in
            method.withCString { method in
                func run(_ body: UnsafePointer<CChar>?) {
                    raw_prepare(
                        easy, method, url, body, headers,
                        { bytes, _, count, context in
                            guard let bytes, let context else { return 0 }
                            let piece = UnsafeRawBufferPointer(start: bytes, count: count)
                            Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().bytes.append(contentsOf: piece)
                            return count
                        }, Unmanaged.passUnretained(box).toOpaque())
                    let code = curl_easy_perform(easy)
                    if code != CURLE_OK { fail("\(base)\(path): \(String(cString: curl_easy_strerror(code)))") }
                }
                if let body { body.withCString(run) } else { run(nil) }
            }
        }
        return String(decoding: box.bytes, as: UTF8.self)
    }

    /// The same two snapshots that `create` takes, the second ordered once the first is seen to have succeeded.
    func takeBackup(_ id: String, repository: String, parts: [[String]]) {
        for (number, indices) in parts.enumerated() {
            let name = "camunda_optimize_\(id)_8.6.0_part_\(number + 1)_of_2"
            let list = indices.map { "\"\($0)\"" }.joined(separator: ",")
            send(
                "PUT", "/_snapshot/\(repository)/\(name)?wait_for_completion=false",
                "{\"indices\":[\(list)],\"include_global_state\":false}")
            while !send("GET", "/_snapshot/\(repository)/\(name)").contains("\"SUCCESS\"") { usleep(20_000) }
        }
    }
}
