import TestSupport
import Testing

/// What a command says when the engine denies it, with the credentials that it was given.
@Suite(.timeLimit(.minutes(10)))
struct CredentialsTests {
    @Test(
        arguments: [
            (401, [:], "engine.username"), (403, [:], "engine.username"),
            (401, ["USERNAME": "me", "PASSWORD_FILE": "secret"], "engine.passwordFile"),
            (403, ["USERNAME": "me", "PASSWORD_FILE": "secret"], "engine.username"),
            (401, ["API_KEY_FILE": "secret"], "engine.apiKeyFile"),
            (403, ["API_KEY_FILE": "secret"], "engine.apiKeyFile"),
        ] as [(Int, [String: String], String)])
    func aDeniedCommandNamesTheSetting(status: Int, variables: [String: String], setting: String) throws {
        try withRefusingEngine("no", status: status) { url in
            try withConfiguration(engine: url) { folder, file in
                // As systemd hands them over.
                try write("geheim", toFile: "\(folder)/secret")
                var environment = ["CREDENTIALS_DIRECTORY": folder]
                for (name, value) in variables { environment["OPTIMIZE_BACKUP_ENGINE_\(name)"] = value }
                let ending = try BuiltProgram.start(["--config", file, "list"], environment, in: folder).wait()
                #expect(ending.status == 77 && ending.errors.contains("(setting: \(setting))"), "\(ending)")
                // What `check` says is the same.
                let words = ending.errors.split(separator: "\n").last?.dropFirst("optimize-backup: ".count) ?? ""
                let check = try BuiltProgram.start(["--config", file, "check"], environment, in: folder).wait()
                #expect(check.status == 77 && !words.isEmpty && check.output.contains(words), "\(check), \(words)")
            }
        }
    }

    /// A restore asks as whoever restores; everything else as before, without reading what restores.
    @Test(
        arguments: [
            (401, "restore", ["USERNAME": "me", "PASSWORD_FILE": "secret"], "restore.passwordFile"),
            (403, "restore", ["USERNAME": "me", "PASSWORD_FILE": "secret"], "restore.username"),
            (403, "restore", ["API_KEY_FILE": "secret"], "restore.apiKeyFile"),
            (403, "show", ["API_KEY_FILE": "nowhere"], "engine.username"),
        ] as [(Int, String, [String: String], String)])
    func aRestoreAsksAsWhoeverRestores(
        status: Int, command: String, variables: [String: String], setting: String
    ) throws {
        try withRefusingEngine("no", status: status) { url in
            try withConfiguration(engine: url) { folder, file in
                try write("geheim", toFile: "\(folder)/secret")
                var environment = ["CREDENTIALS_DIRECTORY": folder]
                for (name, value) in variables { environment["OPTIMIZE_BACKUP_RESTORE_\(name)"] = value }
                let line = ["--config", file, command, "1"] + (command == "restore" ? ["--dry-run"] : [])
                let ending = try BuiltProgram.start(line, environment, in: folder).wait()
                #expect(ending.status == 77 && ending.errors.contains("(setting: \(setting))"), "\(ending)")
            }
        }
    }
}
