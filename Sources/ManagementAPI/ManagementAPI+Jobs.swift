internal import BackupDaemon
internal import Backups
internal import HTTP
internal import JSON

/// What can be asked of a job.
enum JobAction: String {
    case run, pause, resume
}

extension ManagementAPI {
    func act(on job: String, _ action: JobAction, _ request: HTTPRequest) async -> HTTPResponse {
        do throws(BackupError) {
            switch action {
            case .run:
                try await daemon.run(job: job)
                return json(202, ["message": .string("A backup for the job \(job) has been started.")])
            case .pause:
                let reason = JSONValue(request.body)?["reason"]?.string ?? ""
                guard try await daemon.pause(job: job, reason: reason) else { return pending("the pause of \(job)") }
            case .resume: try await daemon.resume(job: job)
            }
            return HTTPResponse(status: 204)
        } catch {
            return answer(error, isOld: false)
        }
    }
}
