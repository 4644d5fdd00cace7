internal import ElasticsearchClient
internal import Time

extension SignatureFault {
    /// What is wrong, and what to do.
    var advice: String {
        switch kind {
        case .unknownKey: "the access key of \(origin) is not known there"
        case .secret: "the secret access key of \(origin) is not that of its access key"
        case .token(isExpired: true): "the session token of \(origin) has expired"
        case .token: "the session token of \(origin) is missing, or not that of its access key"
        case .clock(let lead?) where lead != .zero:
            "this host's clock is \((lead < .zero ? .zero - lead : lead).text) \(lead < .zero ? "behind" : "ahead of") the service's: set it"
        case .clock: "the clocks of this host and of the service disagree: set this host's"
        case .region(let region): "the domain is not in the region \(region)"
        }
    }

    /// The setting to look at, if there is one.
    var setting: String? {
        switch kind {
        case .clock: nil
        case .region: "engine.aws.region"
        case _ where !isConfigured: "engine.aws"
        case .unknownKey: "engine.aws.accessKeyIdFile"
        case .secret: "engine.aws.secretAccessKeyFile"
        case .token: "engine.aws.sessionTokenFile"
        }
    }
}

extension EngineError {
    /// What is wrong with the signature, if that is why the engine denied it.
    var signatureFault: SignatureFault? {
        if case .signature(let fault) = concern { fault } else { nil }
    }
}
