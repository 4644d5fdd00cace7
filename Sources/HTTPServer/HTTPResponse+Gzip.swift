internal import CZlib
internal import HTTP

extension HTTPResponse {
    /// The same answer in gzip, where the client takes that and it pays.
    ///
    /// Larger ones than 256 KiB are left as they are: compressing them would keep the loop for too long.
    ///
    /// - Parameter accepted: the request's `Accept-Encoding`.
    func compressed(for accepted: String?) -> HTTPResponse {
        guard (1_024...262_144).contains(body.count), fields["Content-Encoding"] == nil else { return self }
        var response = self
        response.fields["Vary"] = (fields["Vary"].map { "\($0), " } ?? "") + "Accept-Encoding"
        guard takesGzip(accepted ?? ""), let bytes = gzip(body) else { return response }
        response.fields["Content-Encoding"] = "gzip"
        response.body = bytes
        return response
    }
}

/// Whether gzip is named, or everything is, and not with a quality of 0.
private func takesGzip(_ accepted: String) -> Bool {
    var qualities: [String: Double] = [:]
    for range in accepted.lowercased().split(separator: ",") {
        let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
        let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
        if let name = parts.first { qualities[name] = quality ?? 1 }
    }
    return qualities["gzip"] ?? qualities["*"] ?? 0 > 0
}

private func gzip(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    // 15 bits of window, and 16 for gzip's header.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var input = bytes
    let output = [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(bytes.count)))) { output, count in
        input.withUnsafeMutableBufferPointer { input in
            (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
            (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
            count = deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
        }
    }
    return output.isEmpty ? nil : output
}
