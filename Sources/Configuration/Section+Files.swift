extension Section {
    /// The secret in the file that a key names: its only line.
    func secret(_ key: String) -> String? {
        guard let (file, name, place) = file(key) else { return nil }
        let path = path(of: key)
        if file.isReadableByAll {
            reading.warn(place, path, "everybody on this machine may read \(name); chmod it to 600")
        }
        guard var text = String(validating: file.bytes, as: UTF8.self) else {
            reading.complain(place, path, "\(name) is not UTF-8 text")
            return nil
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else {
            reading.complain(place, path, "\(name) is empty, allowed is one line with the secret")
            return nil
        }
        guard isPrintable(text) else {
            reading.complain(
                place, path, "\(name) has several lines or a control character, allowed is one line with the secret")
            return nil
        }
        return text
    }

    /// The bytes of the file that a key names, which must look like PEM.
    func pem(_ key: String) -> [UInt8]? {
        guard let (file, name, place) = file(key) else { return nil }
        guard String(decoding: file.bytes, as: UTF8.self).contains("-----BEGIN ") else {
            reading.complain(
                place, path(of: key), "\(name) is not in PEM, allowed is a file with '-----BEGIN …' in it")
            return nil
        }
        return file.bytes
    }

    /// Whether a key was given at all, with a good value or with a bad one.
    func isGiven(_ name: String) -> Bool { given(name) != nil }

    /// Complains of a key's value where it was given, else of its absence.
    func complain(_ name: String, _ message: String) {
        reading.complain(given(name) ?? place, path(of: name), message)
    }

    func warn(_ name: String, _ message: String) {
        reading.warn(given(name) ?? place, path(of: name), message)
    }

    private func file(_ key: String) -> (Inputs.File, name: String, Problem.Place)? {
        guard let (name, place) = read(key, .file) else { return nil }
        let inputs = reading.inputs
        guard inputs.readsSecrets else { return nil }
        let candidates =
            name.hasPrefix("/")
            ? [name]
            : [inputs.environment["CREDENTIALS_DIRECTORY"].map { "\($0)/\(name)" }, folder(of: inputs.name) + name]
                .compactMap { $0 }
        for candidate in candidates {
            guard let file = inputs.readFile(candidate) else { continue }
            reading.note(path(of: key), foundAt: candidate)
            return (file, candidate, place)
        }
        reading.complain(
            place, path(of: key),
            "there is no readable file \(candidates.joined(separator: " or ")), allowed is \(Notation.file.allowed); "
                + "systemd's LoadCredential= hands over what the service's user can't read")
        return nil
    }
}

/// The folder of a file with a slash behind it; empty for the current one.
private func folder(of name: String) -> String {
    name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
}
