import ElasticsearchClient
import HTTP
import SimulatedEngine
import Simulation
import TestSupport
import Testing
import Time

@testable import Backups

/// Which setting an error names: the one that has to do with it, or none.
@Suite(.timeLimit(.minutes(10)))
struct BackupErrorTests {
    private static let denied = HTTPResponse(
        status: 401, body: Array(#"{"error":{"type":"security_exception","reason":"who?"},"status":401}"#.utf8))
    private static let forbidden = HTTPResponse(
        status: 403, body: Array(#"{"error":{"type":"security_exception","reason":"no"},"status":403}"#.utf8))

    @Test(
        arguments: [
            (denied, .none, "engine.username"), (denied, .password, "engine.passwordFile"),
            (denied, .apiKey, "engine.apiKeyFile"), (forbidden, .none, "engine.username"),
            (forbidden, .password, "engine.username"), (forbidden, .apiKey, "engine.apiKeyFile"),
            (denied, .signature, "engine.aws"), (forbidden, .signature, "engine.aws"),
        ] as [(HTTPResponse, EngineCredentials, String)])
    func whoIsDeniedIsToldWhy(answer: HTTPResponse, credentials: EngineCredentials, setting: String) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let repository = makeRepository(
                world, instance, Interfering(instance: instance, method: .get, answer: .success(answer)), credentials)
            do throws(BackupError) {
                _ = try await repository.identify()
                world.fail("nobody was denied")
            } catch {
                if error.code != .engineDenied || error.setting != setting { world.fail("\(error)") }
                let isOfAKey = error.message.contains("API key lacks")
                if isOfAKey != (answer.status == 403 && credentials == .apiKey) { world.fail("\(error)") }
            }
        }
    }

    /// The engine for drills has settings of its own, whatever it is asked.
    @Test(
        arguments: [
            (HTTPResponse(status: 404, body: missing), "verify.repositoryName"), (denied, "verify.engine.passwordFile"),
            (HTTPResponse(status: 200, body: Array("hello".utf8)), "verify.engine.urls"),
        ] as [(HTTPResponse, String)])
    func theEngineForDrillsHasItsOwnSettings(answer: HTTPResponse, setting: String) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let wire = Interfering(instance: instance, method: .get, answer: .success(answer))
            let repository = makeRepository(world, instance, wire, .password, isForDrills: true)
            for isListed in [false, true] {
                do throws(BackupError) {
                    if isListed { _ = try await repository.look() } else { _ = try await repository.identify() }
                    world.fail("nothing was wrong")
                } catch {
                    if error.setting != setting { world.fail("\(error)") }
                }
            }
        }
    }

    private static let missing = Array(
        #"{"error":{"type":"repository_missing_exception","reason":"[backups] missing"},"status":404}"#.utf8)

    /// A role narrows what an engine shows, be it a user's or an API key's.
    @Test(arguments: [(EngineCredentials.password, "engine.username"), (.apiKey, "engine.apiKeyFile")])
    func hiddenIndicesAreToldWithTheirRole(credentials: EngineCredentials, setting: String) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            world.engine.withState { $0.hiddenIndices = ["optimize-alert_v4"] }
            let instance = world.makeInstance()
            do throws(BackupError) {
                _ = try await makeRepository(world, instance, instance, credentials).optimize.selectIndices()
                world.fail("nothing was hidden")
            } catch {
                if error.code != .indicesHidden || error.setting != setting { world.fail("\(error)") }
            }
        }
    }

    /// What the service has for nobody is no right that anybody lacks.
    @Test func aCallThatIsNotOfferedIsNoMissingRight() {
        let error = BackupError("asking", EngineError(.notOffered, status: 401, reason: "not allowed"))
        #expect(error.code == .engineFailed && error.setting == nil && !error.isCurableByWaiting)
    }

    /// Who can't sign sends nothing; that may pass, as do what clocks and sessions do.
    @Test func aSignatureIsCuredByTime() {
        let unsigned = BackupError("asking", EngineError(.unsigned, reason: "no answer"))
        #expect(unsigned.code == .engineUnreachable && unsigned.isCurableByWaiting)
        func refused(_ kind: SignatureFault.Kind, isConfigured: Bool = true) -> BackupError {
            var error = EngineError(.denied, status: 403, reason: "no")
            error.concern = .signature(SignatureFault(kind, origin: "the configuration", isConfigured: isConfigured))
            return BackupError("asking", error)
        }
        for (kind, setting, isCurable) in [
            (.unknownKey, "engine.aws.accessKeyIdFile", false), (.secret, "engine.aws.secretAccessKeyFile", false),
            (.token(isExpired: true), "engine.aws.sessionTokenFile", true), (.clock(lead: .seconds(600)), nil, true),
            (.region("r-1"), "engine.aws.region", false),
        ] as [(SignatureFault.Kind, String?, Bool)] {
            let error = refused(kind)
            #expect(error.code == .engineDenied && error.setting == setting, "\(error)")
            #expect(error.isCurableByWaiting == isCurable && error.endsAttempt != isCurable, "\(error)")
        }
        #expect(refused(.secret, isConfigured: false).setting == "engine.aws")
        #expect(refused(.clock(lead: .seconds(-600))).message.contains("10 min 0 s behind the service's"))
    }

    /// Deletes have a time-out of their own, and a broken connection has none.
    @Test(
        arguments: [
            (.delete, .timedOut, "engine.deleteTimeout"), (.delete, .cutOff, nil),
            (.get, .timedOut, "engine.requestTimeout"),
            (.get, .cutOff, nil), (.get, .refused, "engine.urls"), (.get, .untrusted, "engine.caFile"),
            (.get, .authority, "engine.caFile"), (.get, .tls, "engine.clientCertificateFile"),
            (.get, .credentials, "engine.clientCertificateFile"),
        ] as [(HTTPRequest.Method, HTTPTransportError.Code, String?)])
    func whatGotNoAnswerNamesItsOwnLimit(
        method: HTTPRequest.Method, code: HTTPTransportError.Code, setting: String?
    ) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let network = Interfering(
                instance: instance, method: method, answer: .failure(HTTPTransportError(code, "nobody answers")))
            do throws(BackupError) {
                _ = try await makeRepository(world, instance).create(BackupOrder(.exactly(BackupID("1")))) { _ in }
                try await makeRepository(world, instance, network).removal.remove([
                    "camunda_optimize_1_8.6.0_part_1_of_2"
                ])
                if method == .delete { world.fail("it was deleted") }
            } catch {
                if method == .delete, error.setting != setting { world.fail("\(error)") }
            }
            guard method == .get else { return }
            do throws(BackupError) {
                _ = try await makeRepository(world, instance, network).identify()
                world.fail("there was an answer")
            } catch {
                if error.setting != setting { world.fail("\(error)") }
            }
        }
    }

    /// The repository of a quiet world behind a network, asked with credentials.
    private func makeRepository(
        _ world: World, _ instance: Instance, _ network: any HTTPTransport, _ credentials: EngineCredentials = .none,
        isForDrills: Bool = false
    ) -> BackupRepository {
        let usual = TestSupport.makeRepository(world, instance)
        var settings = EngineClient.Settings(credentials: credentials)
        settings.isForDrills = isForDrills
        let client = EngineClient(
            transport: network, clock: instance, random: { world.random() }, settings: settings)
        return BackupRepository(client: client, settings: usual.settings)
    }

    private func makeRepository(_ world: World, _ instance: Instance) -> BackupRepository {
        TestSupport.makeRepository(world, instance)
    }
}

/// A network on which requests of one method fare badly.
private struct Interfering: HTTPTransport {
    let instance: Instance
    let method: HTTPRequest.Method
    let answer: Result<HTTPResponse, HTTPTransportError>

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        request.method == method
            ? try answer.get() : try await instance.send(request, timeout: timeout, maximumBodySize: maximumBodySize)
    }
}
