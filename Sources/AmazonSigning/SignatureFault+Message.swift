internal import ElasticsearchClient
internal import Time

extension SignatureFault.Kind {
    /// Reads Amazon's words; nil for those that are about something else, such as a missing right.
    ///
    /// - Parameters:
    ///   - isTemporary: whether the key is one that needs a token, which the same words may mean then.
    ///   - region: that was signed for.
    ///   - lead: by how much our clock is ahead.
    init?(_ message: String, isTemporary: Bool, region: String, lead: Duration?) {
        switch message {
        case _ where message.hasPrefix("Signature expired"), _ where message.hasPrefix("Signature not yet current"):
            self = .clock(lead: lead)
        case _ where message.contains("security token included in the request is expired"),
            _ where message.contains("ExpiredToken"):
            self = .token(isExpired: true)
        case _ where message.contains("security token included in the request is invalid"):
            self = isTemporary ? .token(isExpired: false) : .unknownKey
        case _ where message.contains("Credential should be scoped to a valid region"): self = .region(region)
        case _ where message.contains("does not match the signature you provided"): self = .secret
        default: return nil
        }
    }
}
