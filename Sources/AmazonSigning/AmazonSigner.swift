package import ElasticsearchClient
package import HTTP
package import Time
internal import Waiting

/// Signs requests for a domain of Amazon OpenSearch Service.
package final class AmazonSigner: RequestSigner {
    private let region: String
    private let keyring: Keyring
    private let clock: any Clock

    /// - Parameter observe: hears of keys that can't be renewed.
    package init(
        region: String, _ sources: [KeySource], _ fetcher: KeyFetcher, clock: any Clock,
        observe: @escaping EngineObserver = { _ in }
    ) {
        self.region = region
        self.clock = clock
        keyring = Keyring(sources, fetcher, clock: clock, observe: observe)
    }

    /// Takes keys from there from now on; files are read again.
    package func replace(_ sources: [KeySource]) { keyring.replace(sources) }

    /// Renews keys in time though nothing is to be signed, until it is cancelled.
    package func keepRenewed() async { await keyring.keepRenewed() }

    package func sign(
        _ request: HTTPRequest, to url: String, within limit: Duration
    ) async throws(EngineError) -> HTTPRequest {
        if let key = keyring.atHand { return signed(request, to: url, by: key) }
        let result = await clock.value(within: limit) { [keyring] () -> Result<AmazonKey, KeyError>? in
            do throws(KeyError) {
                return .success(try await keyring.key())
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let key): return signed(request, to: url, by: key)
        case .failure(let error) where error.isCancelled:
            throw EngineError(.cancelled, reason: "cancelled while getting a key")
        case .failure(let error): throw EngineError(.unsigned, reason: "there is no key to sign with: \(error.reason)")
        case nil:
            // What could not be renewed in time is good for a while.
            if let key = keyring.atHand { return signed(request, to: url, by: key) }
            throw EngineError(.unsigned, reason: "getting a key to sign with took longer than the request may")
        }
    }

    package func signAgain(
        _ request: HTTPRequest, refused: HTTPRequest, to url: String, within limit: Duration
    ) async -> HTTPRequest? {
        let (id, token) = (refused.signingKeyID ?? "", refused.fields[Field.token])
        keyring.discard(id: id, token: token)
        let again = try? await sign(request, to: url, within: limit)
        return again?.signingKeyID == id && again?.fields[Field.token] == token ? nil : again
    }

    package func fault(in refusal: HTTPResponse, of request: HTTPRequest) -> SignatureFault? {
        guard refusal.status == 403, let message = refusal.amazonMessage else { return nil }
        let id = request.signingKeyID
        let key = keyring.last.flatMap { $0.id == id ? $0 : nil }
        let isTemporary = request.fields[Field.token] != nil || key?.isTemporary ?? false
        // An answer's date is of a whole second.
        let now = Instant(secondsSinceEpoch: clock.now().secondsSinceEpoch)
        let lead = refusal.fields["Date"].flatMap { Instant(httpDate: $0) }.map { now - $0 }
        guard let kind = SignatureFault.Kind(message, isTemporary: isTemporary, region: region, lead: lead) else {
            return nil
        }
        let origin = key?.origin.words ?? "a key that was replaced"
        return SignatureFault(kind, origin: origin, isConfigured: key?.origin == .configuration)
    }

    private func signed(_ request: HTTPRequest, to url: String, by key: AmazonKey) -> HTTPRequest {
        let (host, pathPrefix) = parts(of: url)
        let time = clock.now()
        var signed = request
        signed.fields[Field.host] = host
        signed.fields[Field.time] = time.amazonStamp
        signed.fields[Field.token] = key.token
        signed.fields[Field.authorization] =
            Signature(of: signed, pathPrefix: pathPrefix, by: key, region: region, time: time).authorization
        return signed
    }
}

private enum Field {
    static let authorization = "Authorization"
    static let host = "Host"
    static let time = "X-Amz-Date"
    static let token = "X-Amz-Security-Token"
}

extension HTTPRequest {
    /// Of the key by which it was signed.
    fileprivate var signingKeyID: String? {
        fields[Field.authorization]?.split(separator: "Credential=").dropFirst().first
            .map { String($0.prefix { $0 != "/" }) }
    }
}

/// What `Host` says for a URL, which has the port unless it is the scheme's own, and the path that targets are put behind.
private func parts(of url: String) -> (host: String, pathPrefix: String) {
    let isEncrypted = url.hasPrefix("https://")
    let rest = url.dropFirst(isEncrypted ? "https://".count : "http://".count)
    let authority = rest.prefix { $0 != "/" }
    let port = isEncrypted ? ":443" : ":80"
    return (
        String(authority.hasSuffix(port) ? authority.dropLast(port.count) : authority),
        String(rest.dropFirst(authority.count))
    )
}
