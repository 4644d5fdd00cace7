import Engines
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct EngineTraitTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    /// What all engines have is no difference, and what none has is none either.
    @Test(arguments: EngineTrait.allCases)
    func someHaveItAndSomeDoNot(trait: EngineTrait) {
        let having = EngineKind.allCases.filter { $0.has(trait) }
        #expect(!having.isEmpty && having.count < EngineKind.allCases.count)
        #expect(trait.row.meaning.hasSuffix(".") && !trait.row.source.isEmpty)
    }

    @Test func eachIsAskedFor() throws {
        let sources = Self.root.appending(path: "Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
            .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Engines/") }
        let words = try files.flatMap { file in
            try Data(contentsOf: sources.appending(path: file))
                .split { !(UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0) }
        }
        let known = Set(words)
        let dead = EngineTrait.allCases.filter { !known.contains(Data($0.rawValue.utf8)) }
        #expect(dead.isEmpty, "a row of EngineTrait that nothing in Sources asks for")
    }

    @Test func thePageShowsTheRows() throws {
        let page = Self.root.appending(path: "docs/engines.md")
        let before = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        guard before != Self.page else { return }
        let place = FileManager.default.temporaryDirectory.appending(path: "engines.md")
        try Self.page.write(to: place, atomically: true, encoding: .utf8)
        Issue.record("the traits have changed: copy \(place.path) to \(page.path)")
    }

    private static var page: String {
        let kinds = EngineKind.allCases
        func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
        let names = kinds.map { "\($0.distribution.name) \($0.major)" }
        var page = """
            # Engines

            What differs between the engines that are known, as far as this program, or the engine that it simulates, depends on it. Each line
            was seen on each of these releases. It is a row of `Sources/Engines/EngineTrait.swift`, from which a test makes this page; the conformance
            suite (`Tests/TestSupport/Conformance.swift`) holds real engines and the simulated one to it.

            A major version that is not here is treated as the nearest one before it. `check` and health say so, and the conformance suite
            fails for it.


            """
        page += row(["engine"] + names)
        page += row(kinds.map { _ in "---" } + ["---"])
        page += row(["seen on"] + kinds.map(\.release.version))
        page += row(["its snapshots' `version_id`"] + kinds.map { "\($0.release.id)" })
        page += row(["their `version`"] + kinds.map(\.release.ofSnapshots))
        page += "\n"
        page += row(["trait"] + names + ["what an engine does that has it", "what shows it"])
        page += row(kinds.map { _ in "---" } + ["---", "---", "---"])
        for trait in EngineTrait.allCases {
            page += row(
                ["`\(trait.rawValue)`"] + kinds.map { $0.has(trait) ? "yes" : "" } + [
                    trait.row.meaning, trait.row.source,
                ])
        }
        page += "\n## What else they offer\n\n"
        page += row(["offer", "made use of", "why"]) + row(["---", "---", "---"])
        for offer in EngineOffer.all { page += row([offer.name, offer.isTaken ? "yes" : "no", offer.reason]) }
        return page
    }
}
