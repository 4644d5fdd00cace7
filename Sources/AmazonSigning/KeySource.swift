/// A place where Amazon's own tools look for a key.
package enum KeySource: Sendable, Equatable {
    /// In the configuration or the environment.
    case given(AmazonKey)
    /// A profile of the file that tools of this user share.
    ///
    /// - isNamed: whether somebody has named the profile, so that it has to be there.
    case sharedFile(path: String, profile: String, isNamed: Bool)
    /// An endpoint that belongs to a container.
    case container(url: String, ContainerToken?)
    /// The metadata service of an instance.
    case instance(url: String)

    /// By what a container shows its endpoint that it is the one.
    package enum ContainerToken: Sendable, Equatable {
        case value(String)
        /// A file, which is replaced now and then.
        case file(String)
    }

    /// Where to look, in that order; what has no key leads to the next.
    ///
    /// - Parameter configured: a key that the configuration gives; then there is no other.
    package static func chain(configured: AmazonKey?, environment: [String: String]) -> [KeySource] {
        if let configured { return [.given(configured)] }
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let id = variable("AWS_ACCESS_KEY_ID"), let secret = variable("AWS_SECRET_ACCESS_KEY") {
            let token = variable("AWS_SESSION_TOKEN")
            return [.given(AmazonKey(id: id, secret: secret, token: token, origin: .environment))]
        }
        var sources: [KeySource] = []
        let profile = variable("AWS_PROFILE")
        if let path = variable("AWS_SHARED_CREDENTIALS_FILE") ?? variable("HOME").map({ "\($0)/.aws/credentials" }) {
            sources.append(.sharedFile(path: path, profile: profile ?? "default", isNamed: profile != nil))
        }
        let token =
            variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(ContainerToken.file)
            ?? variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(ContainerToken.value)
        if let path = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            sources.append(.container(url: "http://169.254.170.2\(path)", token))
        } else if let url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            sources.append(.container(url: url, token))
        } else if variable("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" {
            sources.append(.instance(url: variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"))
        }
        return sources
    }
}
