/// Reads any bytes as a configuration, with files, zones and variables that are made up.
///
/// What is accepted is accepted again alike; what is refused has reasons of one line each, at places that there are. Where `~` stands for
/// a value, `null` means the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
    let result = read(bytes)
    switch result {
    case .success(let settings):
        precondition(read(bytes) == .success(settings) && !settings.backup.repositoryName.isEmpty)
    case .failure(let error):
        precondition(!error.problems.isEmpty)
        let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
        for problem in error.problems {
            precondition(!problem.message.isEmpty && !problem.description.utf8.contains(0x0A))
            guard case .file(_, let line, let column) = problem.place else { continue }
            // Other line ends than these count for libyaml, too; what is missing at the end, it misses on the line after.
            precondition(line >= 1 && column >= 1 && line <= lines + 1 + bytes.count { $0 >= 0x80 }, "\(problem)")
        }
    }
    if let policy = try? RetentionPolicy.read(bytes, name: "policy") {
        precondition((try? RetentionPolicy.read(bytes, name: "policy")) == policy)
    }
    checkNull(bytes, result)
    return 0
}

/// A `~` after a colon and a space, at the end of a line, is null; so is `null` in its place.
private func checkNull(_ bytes: [UInt8], _ result: Result<Settings, ConfigurationError>) {
    guard case .success(let settings) = result, let text = String(validating: bytes, as: UTF8.self),
        // Within quotes and blocks it is text.
        !text.contains(where: { "\"'|>#\r".contains($0) }), text.contains(": ~\n")
    else { return }
    for null in ["null", "Null", "NULL", ""] {
        let other = text.replacing(": ~\n", with: ": \(null)\n")
        guard case .success(let same) = read(Array(other.utf8)) else { continue }
        precondition(same == settings, other)
    }
}

private func read(_ bytes: [UInt8]) -> Result<Settings, ConfigurationError> {
    let environment = ["NAME": "value", "CREDENTIALS_DIRECTORY": "/run/c"]
    let inputs = Inputs(
        name: "c.yaml", text: bytes, environment: environment,
        readFile: { name in
            switch name {
            case "key", "/run/c/key": Inputs.File(Array("secret\n".utf8), isReadableByAll: true)
            case "pem": Inputs.File(Array("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----".utf8))
            default: nil
            }
        },
        loadZone: { (name) throws(ZoneError) in
            guard name == "UTC" else { throw ZoneError(description: "no zone") }
            return .utc
        })
    return Result { () throws(ConfigurationError) in try Settings.read(inputs).settings }
}
