// swift-tools-version: 6.2
import PackageDescription

/// The language settings of every target; warnings are errors everywhere.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// One room of the product, under `Sources/`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a room, under `Tests/`.
func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, exclude: exclude,
        swiftSettings: settings)
}

let package = Package(
    name: "optimize-backup",
    products: [.executable(name: "optimize-backup", targets: ["optimize-backup"])],
    targets: [
        .systemLibrary(
            name: "CSystemd", path: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CCurl", path: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", path: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CGetopt", path: "CGetopt"),
        .systemLibrary(name: "CMalloc", path: "CMalloc"),
        .systemLibrary(
            name: "CMicrohttpd", path: "CMicrohttpd", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CZlib", path: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYajl", path: "CYajl", pkgConfig: "yajl", providers: [.apt(["libyajl-dev"])]),
        .systemLibrary(name: "CYAML", path: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        module("Time"),
        module("Engines"),
        module("HTTP"),
        module("Waiting", ["Time"]),
        module("JSON", ["CYajl"]),
        module("Text"),
        module("EventLoop", ["Time", "CSystemd", "CMalloc"]),
        module("HTTPClient", ["HTTP", "EventLoop", "Time", "CCurl"]),
        module("HTTPServer", ["HTTP", "EventLoop", "Time", "Waiting", "CMicrohttpd", "CZlib"]),
        module("Systemd", ["Text", "CSystemd"]),
        module("YAML", ["CYAML"]),
        module("Configuration", ["YAML", "Retention", "Scheduling", "Text", "Time"]),
        module("ElasticsearchClient", ["Engines", "HTTP", "JSON", "Time"]),
        module("AmazonSigning", ["ElasticsearchClient", "HTTP", "JSON", "Time", "Waiting", "CCrypto"]),
        module("Backups", ["Engines", "ElasticsearchClient", "JSON", "Text", "Time", "Waiting"]),
        module("Restores", ["Backups", "Engines", "ElasticsearchClient", "JSON", "Text", "Time"]),
        module(
            "Verification",
            ["Backups", "ElasticsearchClient", "JSON", "Restores", "Text", "Time", "Waiting"]),
        module(
            "BackupDaemon",
            [
                "Backups", "Restores", "Verification", "ElasticsearchClient", "Engines", "Configuration", "Retention",
                "Scheduling",
                "PrometheusExposition", "Text", "Time", "Waiting",
            ]),
        module(
            "ManagementAPI",
            [
                "BackupDaemon", "Backups", "ElasticsearchClient", "PrometheusExposition", "HTTP", "JSON", "Retention",
                "Text",
                "Time",
                "Waiting",
            ]),
        module("SimulatedEngine", ["Engines", "HTTP", "JSON", "Time"]),
        module(
            "Simulation",
            [
                "Engines", "SimulatedEngine", "BackupDaemon", "Configuration", "Retention", "Scheduling", "Backups",
                "Restores", "Verification", "ElasticsearchClient", "PrometheusExposition", "HTTP", "JSON", "Time",
            ]),
        module("Scheduling", ["Time"]),
        module("Retention", ["Time"]),
        module("PrometheusExposition"),
        module("CommandLine", ["CGetopt", "Text"]),
        module(
            "Commands",
            [
                "AmazonSigning", "CommandLine", "Configuration", "Engines", "Scheduling", "Retention", "BackupDaemon",
                "ManagementAPI", "Backups", "Restores", "Verification",
                "ElasticsearchClient", "PrometheusExposition", "SimulatedEngine", "HTTPClient", "HTTPServer", "HTTP",
                "JSON",
                "EventLoop", "Systemd", "Text", "Time", "Waiting",
            ]),
        .executableTarget(name: "optimize-backup", dependencies: ["Commands"], swiftSettings: settings),
        module(
            "Reference",
            [
                "BackupDaemon", "CommandLine", "Commands", "Configuration", "ElasticsearchClient", "HTTP",
                "ManagementAPI", "PrometheusExposition",
            ]),
        .executableTarget(name: "generate", dependencies: ["Reference", "CommandLine"], swiftSettings: settings),
        .executableTarget(name: "simulate", dependencies: ["Simulation", "CommandLine"], swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: [
                "Simulation", "SimulatedEngine", "Engines", "Backups", "ElasticsearchClient", "EventLoop", "HTTPClient",
                "HTTP",
                "JSON",
                "Time",
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        tests(of: "Time", ["TestSupport"]),
        tests(of: "Engines"),
        tests(of: "HTTP"),
        tests(of: "JSON"),
        tests(of: "Text"),
        tests(of: "EventLoop", ["TestSupport"]),
        tests(of: "HTTPClient", ["TestSupport"], exclude: ["Servers"]),
        tests(of: "HTTPServer", ["TestSupport", "HTTP", "EventLoop"]),
        tests(of: "YAML"),
        tests(of: "Configuration", ["TestSupport", "Retention", "Scheduling", "Time"]),
        tests(of: "ElasticsearchClient", ["TestSupport", "Engines", "JSON"]),
        tests(
            of: "AmazonSigning", ["TestSupport", "ElasticsearchClient", "HTTP", "JSON", "Time"],
            exclude: ["signed_requests.json"]),
        tests(of: "Backups", ["TestSupport", "JSON", "Simulation", "SimulatedEngine", "Time"]),
        tests(
            of: "Restores", ["TestSupport", "Backups", "Commands", "ElasticsearchClient", "Engines", "JSON", "Time"],
            exclude: ["Golden"]),
        tests(
            of: "Verification",
            ["TestSupport", "Backups", "ElasticsearchClient", "Restores", "SimulatedEngine", "Simulation", "Time"]),
        tests(
            of: "BackupDaemon",
            [
                "TestSupport", "Backups", "Configuration", "ElasticsearchClient", "Engines", "PrometheusExposition",
                "Retention",
                "Scheduling", "SimulatedEngine", "Simulation", "Time",
            ], exclude: ["Golden"]),
        tests(of: "Scheduling", ["TestSupport", "Time"], exclude: ["cronsim_cases.py"]),
        tests(of: "Retention", ["Configuration", "Time"], exclude: ["Golden"]),
        tests(of: "PrometheusExposition", ["TestSupport", "JSON"]),
        tests(
            of: "ManagementAPI",
            [
                "TestSupport", "AmazonSigning", "BackupDaemon", "Backups", "Configuration", "ElasticsearchClient",
                "HTTP", "JSON",
                "PrometheusExposition", "Retention", "Scheduling", "SimulatedEngine", "Simulation", "Time",
            ]),
        tests(of: "CommandLine"),
        tests(
            of: "Reference",
            [
                "BackupDaemon", "CommandLine", "Commands", "Configuration", "ElasticsearchClient", "HTTP",
                "ManagementAPI", "PrometheusExposition",
                "Retention", "Time",
            ]),
        tests(
            of: "Commands",
            ["TestSupport", "Engines", "EventLoop", "HTTP", "HTTPServer", "JSON", "SimulatedEngine", "Time"],
            exclude: ["Golden", "Scripts"]),
        tests(of: "SimulatedEngine", ["TestSupport", "Engines", "HTTP", "HTTPClient", "HTTPServer", "JSON", "Time"]),
        tests(
            of: "Simulation",
            ["TestSupport", "BackupDaemon", "Backups", "Configuration", "HTTP", "Scheduling", "Time"]),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "TestSupport", "AmazonSigning", "Engines", "HTTP", "HTTPClient", "EventLoop", "Time",
                "ElasticsearchClient", "Backups", "Commands", "JSON", "Restores", "Verification",
            ],
            exclude: ["amazon_domain.py", "multiply_backups.py", "front_door.py"],
            swiftSettings: settings),
    ]
)
