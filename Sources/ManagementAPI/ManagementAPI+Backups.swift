internal import BackupDaemon
internal import Backups
internal import ElasticsearchClient
internal import HTTP
internal import JSON

extension ManagementAPI {
    /// Orders a backup, and answers once the engine has accepted part 1.
    func order(_ request: HTTPRequest, isOld: Bool) async -> HTTPResponse {
        do throws(BackupError) {
            let body = try read { () throws(JSONError) in
                try JSONValue(
                    body: request.body, suchAs: isOld ? #"{"backupId":"backup1"}"# : #"{"backupId":123}"#)
            }
            let id = try backupID(body["backupId"], isOld: isOld)
            let names = try await daemon.order(id)
            guard !isOld else { return json(200, ["scheduledSnapshots": .array(names.map { .string($0) })]) }
            return json(
                202,
                [
                    "message": .string(
                        "Backup creation for ID \(id) has been scheduled. Use the GET API to monitor completion of backup process"
                    )
                ])
        } catch {
            return answer(error, isOld: isOld)
        }
    }

    /// The id of the body: text in generation A, a whole number in generation B.
    private func backupID(_ value: JSONValue?, isOld: Bool) throws(BackupError) -> BackupID {
        switch value {
        case .string(let text) where isOld: return try BackupID(text)
        case .integer(let number) where number >= 0: return try BackupID("\(number)")
        case .string(let text) where !isOld && (try? BackupID(text))?.number != nil: return try BackupID(text)
        default:
            throw BackupError(
                .invalidID,
                isOld
                    ? "backupId must be text, such as \"backup1\""
                    : "backupId must be a whole number from 0 to 9223372036854775807")
        }
    }

    /// Lists the backups that a query asks for; parameters that nobody knows are left alone, as Spring does.
    func list(_ query: [String: String], isOld: Bool) async -> HTTPResponse {
        var filter = BackupFilter(job: query["job"], pattern: query["pattern"])
        if let text = query["state"] {
            guard let state = BackupState(rawValue: text.uppercased()) else {
                let states = BackupState.allCases.map(\.rawValue).joined(separator: ", ")
                return error(400, .badRequest, "unknown state '\(text)'; states are \(states)")
            }
            filter.state = state
        }
        let isVerbose = query["verbose"] ?? "true"
        guard ["true", "false"].contains(isVerbose) else {
            return error(400, .badRequest, "verbose must be true or false, not '\(isVerbose)'")
        }
        switch await daemon.sharedLook() {
        case .success(let backups):
            var wanted = backups.filter { filter.admits($0) && (isOld || $0.id.number != nil) }
            for index in wanted.indices {
                wanted[index].isBrief = isVerbose == "false"
                guard wanted[index].state == .inProgress else { continue }
                wanted[index].progress = daemon.standing.progress(of: wanted[index].id)
            }
            return seen(json(200, wanted.json))
        case .failure(let error): return answer(error, isOld: isOld)
        }
    }

    func show(_ id: String, isOld: Bool) async -> HTTPResponse {
        do throws(BackupError) {
            let id = try BackupID(id)
            if !isOld, id.number == nil {
                throw BackupError(
                    .invalidID, "the id \(id) is no whole number; see /actuator/backup/\(id) for ids that are text")
            }
            let backup = try await daemon.inspect(id)
            guard isOld else { return json(200, backup.json) }
            return json(200, ["State": .string(backup.state.rawValue), "state": .string(backup.state.rawValue)])
        } catch {
            return answer(error, isOld: isOld)
        }
    }

    func delete(_ id: String) async -> HTTPResponse {
        await change(id) { id throws(BackupError) in try await daemon.delete(id) }
    }

    func cancel(_ id: String) async -> HTTPResponse {
        await change(id) { id throws(BackupError) in try await daemon.cancel(id) }
    }

    func hold(_ id: String, _ request: HTTPRequest) async -> HTTPResponse {
        do throws(BackupError) {
            let id = try BackupID(id)
            let body = try read { () throws(JSONError) in try MarkerBody(request.body) }
            let stands = try await daemon.hold(id, reason: body.reason, until: body.until)
            return stands ? HTTPResponse(status: 204) : pending("the hold of \(id)")
        } catch {
            return answer(error, isOld: false)
        }
    }

    /// What a body says; one that can't be read is the fault of whoever asks.
    func read<Body>(_ body: () throws(JSONError) -> Body) throws(BackupError) -> Body {
        do throws(JSONError) { return try body() } catch { throw BackupError(.invalidID, "\(error)") }
    }

    /// A marker that counts, but waits for other snapshots.
    func pending(_ what: String) -> HTTPResponse {
        json(
            202,
            [
                "message": .string(
                    "\(what) counts from now on, but is lost if the engine crashes before other snapshots have ended; the journal tells when it stands"
                )
            ])
    }

    func verify(_ id: String, _ request: HTTPRequest) async -> HTTPResponse {
        do throws(BackupError) {
            let id = try BackupID(id)
            let body = try read { () throws(JSONError) in try VerifyBody(request.body) }
            try await daemon.verify(id, isDrill: body.isDrill)
            let what = body.isDrill ? "a restore drill of \(id)" : "a verification of \(id)"
            return json(202, ["message": .string("\(what) has been accepted; the journal tells what it comes to")])
        } catch {
            return answer(error, isOld: false)
        }
    }

    func release(_ id: String) async -> HTTPResponse {
        await change(id) { id throws(BackupError) in try await daemon.release(id) }
    }

    private func change(_ id: String, _ operation: (BackupID) async throws(BackupError) -> Void) async -> HTTPResponse {
        do throws(BackupError) {
            try await operation(try BackupID(id))
            return HTTPResponse(status: 204)
        } catch {
            return answer(error, isOld: false)
        }
    }

    /// An error of the product as Optimize answers it: generation A knows no 502.
    ///
    /// What only an operator can mend says what, with the setting, where Optimize's own users look first.
    func answer(_ failure: BackupError, isOld: Bool) -> HTTPResponse {
        switch failure.code {
        case .invalidID: error(400, .badRequest, failure.message)
        case .notFound: error(404, .notFound, "\(failure)")
        case .idTaken, .repositoryBusy, .held, .fireTimeCancelled, .restoring, .restoreRefused:
            error(409, .conflict, "\(failure)")
        case .engineUnreachable:
            error(
                isOld ? 500 : failure.cause?.code == .noAnswer ? 504 : 502, .engineConnection, "\(failure)",
                message: "\(failure)")
        case .engineDenied, .configuration, .noIndices, .engineFailed, .snapshotFailed, .snapshotPartial, .snapshotLost,
            .contentMismatch,
            .tooLate, .firstPartTooOld, .versionUnknown, .newerFormat, .unreadable, .storageFailed, .namesVanished,
            .indicesHidden, .restoreFailed, .damaged, .cancelled:
            error(500, .server, "\(failure)", message: "\(failure)")
        }
    }
}
