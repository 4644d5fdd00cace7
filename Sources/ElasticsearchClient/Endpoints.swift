package import HTTP
internal import Synchronization

/// One of the URLs under which the cluster is reached.
package struct Endpoint: Sendable {
    package let url: String
    package let transport: any HTTPTransport

    package init(url: String, transport: any HTTPTransport) {
        self.url = url
        self.transport = transport
    }
}

/// The URLs of one cluster, and which of them is asked first: the one that answered last.
///
/// Shared by all copies of a client.
final class Endpoints: Sendable {
    private struct State {
        /// The one that is asked first.
        var current = 0
        /// Whether the current one has answered since it became that.
        var isKept = false
        /// The cluster that answers, and where it told so.
        var cluster: (uuid: String, url: String)?
    }

    let all: [Endpoint]
    private let state = Mutex(State())

    /// - Parameter all: at least one.
    init(_ all: [Endpoint]) {
        self.all = all
    }

    /// The indices of all, in the order in which they are to be tried.
    var inTurn: [Int] {
        let first = state.withLock { $0.current }
        return all.indices.map { (first + $0) % all.count }
    }

    /// Whether an endpoint has to show that it leads to the same cluster as the one before.
    func mustProveItself(_ index: Int) -> Bool {
        all.count > 1 && state.withLock { $0.cluster != nil && !($0.current == index && $0.isKept) }
    }

    /// It answered: from now on it is the first to be asked.
    func keep(_ index: Int) {
        state.withLock { state in (state.current, state.isKept) = (index, true) }
    }

    /// It gave no usable answer: the one after it is the first to be asked, unless another has been found meanwhile.
    func leave(_ index: Int) {
        state.withLock { state in
            guard state.current == index else { return }
            (state.current, state.isKept) = ((index + 1) % all.count, false)
        }
    }

    /// Takes note of the cluster that answers at an endpoint.
    ///
    /// - Throws: `.otherCluster` when it is not the one that answered at another.
    func record(cluster uuid: String, at index: Int) throws(EngineError) {
        let url = all[index].url
        let known = state.withLock { state -> (uuid: String, url: String)? in
            guard let known = state.cluster, known.uuid != uuid, known.url != url else {
                state.cluster = (uuid, url)
                return nil
            }
            return known
        }
        guard let known else { return }
        throw EngineError(
            .otherCluster,
            reason: "\(known.url) and \(url) lead to different clusters, \(known.uuid) and \(uuid)")
    }
}
