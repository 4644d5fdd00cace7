internal import CYajl

/// Puts a value together from what yajl finds in a text.
///
/// yajl tells each token as it comes and keeps none. Where the same texts come again and again, as names of keys and indices do,
/// one copy is made.
final class JSONReader {
    private static let maximumDepth = 1_000

    private let duplicateKeys: JSONValue.DuplicateKeys
    /// In the outermost object, whose elements are given away.
    private let givenKey: String?
    private let give: (JSONValue) throws(JSONError) -> Void
    private var isInGiven = false
    /// Of the containers that are open, what stands in them so far, and in objects its keys.
    private var values: [JSONValue] = []
    private var keys: [String] = []
    private var open: [(firstValue: Int, firstKey: Int)] = []
    private var texts = RecentTexts()
    /// Why the reading was given up, where yajl has no reason.
    private var refusal: String?

    init(
        _ duplicateKeys: JSONValue.DuplicateKeys, eachIn key: String? = nil,
        _ give: @escaping (JSONValue) throws(JSONError) -> Void = { _ in }
    ) {
        (self.duplicateKeys, givenKey, self.give) = (duplicateKeys, key, give)
    }

    func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        // yajl lets some of what is no UTF-8 pass, and takes the two for white space.
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONError("this is not UTF-8", at: .init(error.byteOffsets.lowerBound, in: bytes))
        }
        if let offset = bytes.firstIndex(where: { $0 == 0x0B || $0 == 0x0C }) {
            throw JSONError("a control character", at: .init(offset, in: bytes))
        }
        let failure = withUnsafePointer(to: callbacks) { callbacks in
            bytes.withUnsafeBufferPointer { parse($0, callbacks) }
        }
        if let failure { throw JSONError(failure.reason, at: .init(failure.offset, in: bytes)) }
        guard let value = values.first else { throw JSONError("there is nothing") }
        return value
    }

    /// - Returns: why it is no JSON, and where that was noticed.
    private func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ callbacks: UnsafePointer<yajl_callbacks>
    ) -> (reason: String, offset: Int)? {
        guard let parser = yajl_alloc(callbacks, nil, Unmanaged.passUnretained(self).toOpaque()) else {
            return ("there is no memory to read it", 0)
        }
        defer { yajl_free(parser) }
        var status = yajl_parse(parser, bytes.baseAddress, bytes.count)
        let offset = yajl_get_bytes_consumed(parser)
        if status == yajl_status_ok { status = yajl_complete_parse(parser) }
        return status == yajl_status_ok ? nil : (refusal ?? reason(of: parser), offset)
    }

    /// yajl's own words, which begin with the kind of error.
    private func reason(of parser: yajl_handle) -> String {
        guard let words = yajl_get_error(parser, 0, nil, 0) else { return "no JSON" }
        defer { yajl_free_error(parser, words) }
        let text = String(cString: words).split(separator: "\n").first.map(String.init) ?? "no JSON"
        return text.firstRange(of: ": ").map { String(text[$0.upperBound...]) } ?? text
    }

    /// What each token does; false gives the reading up.
    fileprivate func take(_ value: JSONValue) -> Bool {
        guard isInGiven, open.count == 2 else {
            values.append(value)
            return true
        }
        do throws(JSONError) {
            try give(value)
            return true
        } catch {
            return refuse(error.reason)
        }
    }

    fileprivate func take(text: UnsafeBufferPointer<UInt8>) -> Bool {
        take(.string(texts.text(of: text)))
    }

    fileprivate func take(key: UnsafeBufferPointer<UInt8>) -> Bool {
        let key = texts.text(of: key)
        if duplicateKeys == .refused, let first = open.last?.firstKey, keys[first...].contains(key) {
            return refuse("the key \"\(key)\" stands there twice")
        }
        keys.append(key)
        return true
    }

    fileprivate func take(number: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = String(decoding: number, as: UTF8.self)
        if let integer = Int64(text) { return take(.integer(integer)) }
        guard let number = Double(text) else { return refuse("\(text) is no number") }
        return take(.number(number))
    }

    fileprivate func beginArray() -> Bool {
        if open.count == 1, let givenKey { isInGiven = keys.last == givenKey }
        return begin()
    }

    fileprivate func begin() -> Bool {
        guard open.count < Self.maximumDepth else { return refuse("more than \(Self.maximumDepth) levels") }
        open.append((values.count, keys.count))
        return true
    }

    fileprivate func endArray() -> Bool {
        guard let (first, _) = open.popLast() else { return false }
        if open.count == 1 { isInGiven = false }
        let elements = Array(values[first...])
        values.removeSubrange(first...)
        return take(.array(elements))
    }

    fileprivate func endObject() -> Bool {
        guard let (firstValue, firstKey) = open.popLast() else { return false }
        var members: [String: JSONValue] = [:]
        members.reserveCapacity(keys.count - firstKey)
        for (key, value) in zip(keys[firstKey...], values[firstValue...]) { members[key] = value }
        keys.removeSubrange(firstKey...)
        values.removeSubrange(firstValue...)
        return take(.object(members))
    }

    private func refuse(_ reason: String) -> Bool {
        refusal = reason
        return false
    }
}

extension JSONError.Place {
    /// The place of a byte of a text.
    init(_ offset: Int, in bytes: [UInt8]) {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        self.init(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: offset - lineStart + 1)
    }
}

/// What yajl calls with each token; 0 gives the reading up.
private let callbacks = yajl_callbacks(
    yajl_null: { reader($0).take(.null) ? 1 : 0 },
    yajl_boolean: { reader($0).take(.boolean($1 != 0)) ? 1 : 0 },
    yajl_integer: nil,
    yajl_double: nil,
    yajl_number: {
        let digits = UnsafeRawBufferPointer(start: $1, count: $2)
        return reader($0).take(number: digits.assumingMemoryBound(to: UInt8.self)) ? 1 : 0
    },
    yajl_string: { reader($0).take(text: UnsafeBufferPointer(start: $1, count: $2)) ? 1 : 0 },
    yajl_start_map: { reader($0).begin() ? 1 : 0 },
    yajl_map_key: { reader($0).take(key: UnsafeBufferPointer(start: $1, count: $2)) ? 1 : 0 },
    yajl_end_map: { reader($0).endObject() ? 1 : 0 },
    yajl_start_array: { reader($0).beginArray() ? 1 : 0 },
    yajl_end_array: { reader($0).endArray() ? 1 : 0 })

private func reader(_ context: UnsafeMutableRawPointer?) -> JSONReader {
    guard let context else { preconditionFailure("yajl gives back the context that it was given") }
    return Unmanaged<JSONReader>.fromOpaque(context).takeUnretainedValue()
}
