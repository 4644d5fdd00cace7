internal import BackupDaemon
internal import Backups
internal import HTTP
internal import JSON

// What can be asked of a job.
extension ManagementAPI {
    func run(_ job: String) async -> HTTPResponse {
        await act { () throws(BackupError) in
            try await daemon.run(job: job)
            return json(202, ["message": .string("A backup for the job \(job) has been started.")])
        }
    }

    func pause(_ job: String, _ request: HTTPRequest) async -> HTTPResponse {
        await act { () throws(BackupError) in
            let body = try read { () throws(JSONError) in try MarkerBody(request.body) }
            let stands = try await daemon.pause(job: job, reason: body.reason, until: body.until)
            return stands ? HTTPResponse(status: 204) : pending("the pause of \(job)")
        }
    }

    func resume(_ job: String) async -> HTTPResponse {
        await act { () throws(BackupError) in
            try await daemon.resume(job: job)
            return HTTPResponse(status: 204)
        }
    }

    private func act(_ operation: () async throws(BackupError) -> HTTPResponse) async -> HTTPResponse {
        do throws(BackupError) { return try await operation() } catch { return answer(error, isOld: false) }
    }
}
