internal import CCurl
internal import HTTP
internal import Time

/// One request as libcurl carries it: its options, and what has come back so far; belongs to the loop's thread.
final class EasyHandle {
    let handle: UnsafeMutableRawPointer
    private let method: HTTPRequest.Method
    private let settings: CurlTransport.Settings
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// For the whole exchange.
    let timeout: Duration
    /// For the body of the answer, unpacked, in bytes.
    private let maximumBodySize: Int
    private let words: UnsafeMutablePointer<CChar>
    private var fields = HTTPFields()
    private var headerSize = 0
    private var body: [UInt8] = []
    private var isTooLarge = false

    /// - Throws: `.invalidRequest` for what must not be sent.
    init(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int, _ settings: CurlTransport.Settings
    ) throws(HTTPTransportError) {
        try check(request)
        guard let handle = curl_easy_init() else { throw HTTPTransportError(.other, "no memory for a request") }
        self.handle = handle
        self.settings = settings
        self.timeout = timeout
        self.maximumBodySize = maximumBodySize
        method = request.method
        words = .allocate(capacity: Int(CURL_ERROR_SIZE))
        words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setConnection(timeout)
        setRequest(request)
        setTrust()
        setReceivers()
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        words.deallocate()
    }

    private func setConnection(_ timeout: Duration) {
        let milliseconds = { (duration: Duration) in max(Int(duration / .milliseconds(1)), 1) }
        curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        curl_set_string(handle, CURLOPT_PROXY, "")
        curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        curl_set_long(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        curl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        // The time-out of the whole is our own timer's: libcurl 7.88 forgets one that goes off within the same millisecond.
        curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(min(settings.connectTimeout, timeout)))
        // Who waits an hour for an answer shows every minute that it still does, or a load balancer between forgets it.
        curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        curl_set_long(handle, CURLOPT_TCP_KEEPIDLE, 60)
        curl_set_long(handle, CURLOPT_TCP_KEEPINTVL, 60)
        // libcurl would send a write again when a kept connection dies before the answer.
        if method != .get && method != .head { curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1) }
    }

    private func setRequest(_ request: HTTPRequest) {
        curl_set_string(handle, CURLOPT_URL, settings.baseURL + request.target)
        curl_set_long(handle, CURLOPT_PATH_AS_IS, 1)
        curl_set_string(handle, CURLOPT_USERAGENT, settings.userAgent)
        curl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "gzip")
        switch request.method {
        case .get: curl_set_long(handle, CURLOPT_HTTPGET, 1)
        case .head: curl_set_long(handle, CURLOPT_NOBODY, 1)
        case .post, .put, .delete, .patch, .options:
            if !request.body.isEmpty || request.method != .delete {
                curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                request.body.withUnsafeBytes {
                    _ = curl_set_pointer(
                        handle, CURLOPT_COPYPOSTFIELDS,
                        UnsafeMutableRawPointer(mutating: $0.baseAddress ?? UnsafeRawPointer(words)))
                }
            }
            curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        add("Expect:")
        if request.fields["Content-Type"] == nil { add("Content-Type:") }
        for field in request.fields.fields { add("\(field.name): \(field.value)") }
        switch settings.authorization {
        case .basic(let user, let password):
            curl_set_long(handle, CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC, which is not imported
            curl_set_string(handle, CURLOPT_USERNAME, user)
            curl_set_string(handle, CURLOPT_PASSWORD, password)
        case .apiKey(let key): add("Authorization: ApiKey \(key)")
        case nil: break
        }
        curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
    }

    private func add(_ line: String) {
        headers = curl_slist_append(headers, line)
    }

    private func setTrust() {
        func set(_ option: CURLoption, _ bytes: [UInt8]?) {
            if let bytes { _ = bytes.withUnsafeBytes { curl_set_blob(handle, option, $0.baseAddress, $0.count) } }
        }
        if settings.certificateAuthority != nil { curl_set_string(handle, CURLOPT_CAPATH, nil) }
        set(CURLOPT_CAINFO_BLOB, settings.certificateAuthority)
        set(CURLOPT_SSLCERT_BLOB, settings.clientCertificate)
        set(CURLOPT_SSLKEY_BLOB, settings.clientKey)
        // libcurl 7.88 measures the passphrase of an encrypted key before it looks whether there is one.
        curl_set_string(handle, CURLOPT_KEYPASSWD, "")
    }

    private func setReceivers() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words)
        curl_set_receiver(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            guard let context, let bytes else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: count)
            return Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue().receive(header: line)
        }
        curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        curl_set_receiver(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            guard let context, let bytes else { return 0 }
            let piece = UnsafeRawBufferPointer(start: bytes, count: count)
            return Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue().receive(body: piece)
        }
        curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
    }

    /// Takes a line of an answer's head; returns how many bytes it took, fewer than there are to end the request.
    private func receive(header line: UnsafeRawBufferPointer) -> Int {
        headerSize += line.count
        guard headerSize <= settings.maximumHeaderSize else {
            isTooLarge = true
            return 0
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            fields = HTTPFields()
        } else if let colon = text.firstIndex(of: ":") {
            fields.append(String(text[..<colon]), trimmed(text[text.index(after: colon)...]))
        }
        return line.count
    }

    private func receive(body piece: UnsafeRawBufferPointer) -> Int {
        guard body.count + piece.count <= maximumBodySize else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: piece)
        return piece.count
    }

    /// What became of the request.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPTransportError> {
        guard code == CURLE_OK else { return .failure(error(code)) }
        var status = 0
        curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success(HTTPResponse(status: status, fields: fields, body: body))
    }

    /// What to say of a request whose time is up.
    func timedOut() -> HTTPTransportError {
        error(CURLE_OPERATION_TIMEDOUT, "no answer within \(timeout.inSeconds)")
    }

    /// What to say of a request that libcurl can't go on with, for want of descriptors or memory as a rule.
    func failed(_ code: CURLMcode) -> HTTPTransportError {
        error(CURLE_FAILED_INIT, "libcurl can't go on: \(String(cString: curl_multi_strerror(code)))")
    }

    private func error(_ code: CURLcode, _ explanation: String? = nil) -> HTTPTransportError {
        let own = String(cString: words)
        let text = explanation ?? (own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
        var preparation: curl_off_t = 0
        curl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &preparation)
        if isTooLarge || code == CURLE_FILESIZE_EXCEEDED {
            return HTTPTransportError(.tooLarge, "\(settings.baseURL): the answer is larger than allowed")
        }
        let kind = classify(code, text, isSent: preparation > 0)
        return HTTPTransportError(kind, "\(settings.baseURL): \(text)\(hint(kind, code))")
    }
}

extension EasyHandle {
    /// What may be meant where the scheme does not fit what answers.
    private func hint(_ kind: HTTPTransportError.Code, _ code: CURLcode) -> String {
        let isPlain = settings.baseURL.hasPrefix("http:")
        switch kind {
        case .plaintext: return " (it speaks no TLS: http:// may be meant)"
        case .cutOff where isPlain && (code == CURLE_GOT_NOTHING || code == CURLE_UNSUPPORTED_PROTOCOL):
            return " (if it speaks TLS, https:// is meant)"
        default: return ""
        }
    }
}

/// Tells apart what libcurl's codes mean for us (`facts` recorded from libcurl 7.88).
private func classify(_ code: CURLcode, _ text: String, isSent: Bool) -> HTTPTransportError.Code {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: .nameNotResolved
    case CURLE_COULDNT_CONNECT: .refused
    case CURLE_OPERATION_TIMEDOUT: isSent ? .timedOut : .connectTimedOut
    case CURLE_PEER_FAILED_VERIFICATION: .untrusted
    case CURLE_SSL_CONNECT_ERROR where text.contains("wrong version number"): .plaintext
    case CURLE_SSL_CONNECT_ERROR where signsOfABrokenHandshake.contains(where: text.contains): .cutOffUnsent
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER: .tls
    // What is no HTTP at all, such as an alert of TLS.
    case CURLE_UNSUPPORTED_PROTOCOL where text.contains("HTTP/0.9"): .cutOff
    case CURLE_SSL_CERTPROBLEM: .credentials
    case CURLE_SSL_CACERT_BADFILE: .authority
    // The server's alert about a missing client certificate comes as an error of reading; other alerts come from one that stops.
    case CURLE_RECV_ERROR where refusesCertificate(text), CURLE_SEND_ERROR where refusesCertificate(text): .tls
    case CURLE_RECV_ERROR where !isSent, CURLE_SEND_ERROR where !isSent: .cutOffUnsent
    case CURLE_FAILED_INIT: isSent ? .cutOff : .refused
    case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR: .cutOff
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidRequest
    default: .other
    }
}

/// What OpenSSL says of a handshake that nobody refused, but that did not come to its end; an internal error is a peer's that is not
/// ready yet.
private let signsOfABrokenHandshake = [
    "SSL_ERROR_SYSCALL", "Connection reset by peer", "Broken pipe", "unexpected eof", "alert internal error",
]

/// Whether it is an alert about our certificate, or its absence, which comes after what TLS 1.3 takes for the handshake.
private func refusesCertificate(_ text: String) -> Bool {
    text.contains("alert")
        && ["certificate", "unknown ca", "access denied", "handshake failure"].contains(where: text.contains)
}

/// Refuses what libcurl would send as it is: control characters and spaces in the target, line ends in header fields.
private func check(_ request: HTTPRequest) throws(HTTPTransportError) {
    guard request.target.utf8.first == UInt8(ascii: "/"), request.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
        throw HTTPTransportError(.invalidRequest, "the request's target has a character that must not be sent")
    }
    for field in request.fields.fields {
        let isName = !field.name.isEmpty && field.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
        guard isName, field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw HTTPTransportError(
                .invalidRequest, "the header field \(field.name.debugDescription) must not be sent as it is")
        }
    }
}

private func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
}
