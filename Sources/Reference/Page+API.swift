internal import HTTP
internal import ManagementAPI

extension Page {
    static var api: Page {
        Page(
            markdown: "docs/api.md", from: ["Sources/ManagementAPI/Endpoint.swift"],
            [
                "# The API",
                wrapped(
                    """
                    JSON in UTF-8, in the shapes of Optimize 3.9 (`/actuator/backup`), of Optimize 3.10 and later (`/actuator/backups`), and \
                    of Spring's actuator. HEAD is taken wherever GET is.
                    """),
                table(
                    ["request", "what it does, and the answer"],
                    Endpoint.all.flatMap { endpoint in
                        endpoint.operations.map {
                            [code("\($0.method.rawValue) \(endpoint.path)"), $0.documentation]
                        }
                    }),
                wrapped(
                    """
                    A body is JSON without keys that stand twice; what is wrong with it is told with line and column, and what is allowed. The reason \
                    of a hold or a pause may be as long as the engine's 1024 bytes of metadata leave room for; `until` has to be ahead.
                    """),
                wrapped(
                    """
                    Errors are `{"errorCode","errorMessage","detailedMessage"}`. Wherever the engine is asked: 500 with its words, 502 when \
                    none is there, 504 when it does not answer in time, within 100 seconds. 405 has `Allow`. What comes from the last look \
                    says by `Age` how many seconds old that is.
                    """),
            ])
    }
}
