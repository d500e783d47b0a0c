// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "swift-token-rotation-benchmarks",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "benchmarks", targets: ["benchmarks"])],
  dependencies: [
    .package(name: "swift-token-rotation", path: "..", traits: ["SQLite"]),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    .target(
      name: "CBenchmarkPeers",
      linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("crypto"), .linkedLibrary("sqlite3")]
    ),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "CBenchmarkPeers",
        .product(name: "TokenRotation", package: "swift-token-rotation"),
        .product(name: "TokenRotationPostgres", package: "swift-token-rotation"),
        .product(name: "TokenRotationSQLite", package: "swift-token-rotation"),
        .product(name: "TokenRotationTesting", package: "swift-token-rotation"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
