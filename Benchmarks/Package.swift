// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    targets: [
        .systemLibrary(name: "CCurl", path: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .executableTarget(
            name: "create-benchmark", dependencies: ["CCurl"], swiftSettings: [.treatAllWarnings(as: .error)]),
    ]
)
