// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// For the targets that call C: every use of an unsafe construct is marked where it stands.
let strictWithC = strict + [.strictMemorySafety()]

let package = Package(
  name: "swift-token-rotation",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "TokenRotation", targets: ["TokenRotation"]),
    .library(name: "TokenRotationAsyncHTTPClient", targets: ["TokenRotationAsyncHTTPClient"]),
    .library(name: "TokenRotationCore", targets: ["TokenRotationCore"]),
    .library(name: "TokenRotationCurl", targets: ["TokenRotationCurl"]),
    .library(name: "TokenRotationHummingbird", targets: ["TokenRotationHummingbird"]),
    .library(name: "TokenRotationOpenSSL", targets: ["TokenRotationOpenSSL"]),
    .library(name: "TokenRotationPostgres", targets: ["TokenRotationPostgres"]),
    .library(name: "TokenRotationSimulator", targets: ["TokenRotationSimulator"]),
    .library(name: "TokenRotationSQLite", targets: ["TokenRotationSQLite"]),
    .library(name: "TokenRotationTesting", targets: ["TokenRotationTesting"]),
  ],
  traits: [
    .trait(name: "AsyncHTTPClient", description: "The transport on async-http-client, which brings NIO along."),
    .trait(
      name: "Hummingbird",
      description: "The endpoints and the validation of webhooks in a Hummingbird server, which it brings along."),
    .trait(name: "SQLite", description: "The store on SQLite, which brings GRDB along."),
    .default(enabledTraits: []),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    .target(
      name: "TokenRotationCore",
      dependencies: [
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict
    ),
    .systemLibrary(
      name: "CTokenRotationCurl",
      pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
    ),
    .target(
      name: "TokenRotationCurl",
      dependencies: [
        "TokenRotationCore", "CTokenRotationCurl",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strictWithC
    ),
    .systemLibrary(
      name: "CTokenRotationOpenSSL",
      pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
    ),
    .target(
      name: "TokenRotationOpenSSL",
      dependencies: ["TokenRotationCore", "CTokenRotationOpenSSL"],
      swiftSettings: strictWithC
    ),
    .systemLibrary(
      name: "CTokenRotationPostgres",
      pkgConfig: "libpq",
      providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
    ),
    .target(
      name: "TokenRotationPostgres",
      dependencies: ["TokenRotationCore", "CTokenRotationPostgres"],
      swiftSettings: strictWithC
    ),
    .target(
      name: "TokenRotationSQLite",
      dependencies: [
        "TokenRotationCore",
        .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TokenRotation",
      dependencies: [
        "TokenRotationCore", "TokenRotationCurl", "TokenRotationOpenSSL",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TokenRotationAsyncHTTPClient",
      dependencies: [
        "TokenRotationCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(
          name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(
          name: "NIOHTTPCompression", package: "swift-nio-extras", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["AsyncHTTPClient"])),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TokenRotationHummingbird",
      dependencies: [
        "TokenRotation",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
        .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Hummingbird"])),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TokenRotationSimulator",
      dependencies: [
        "TokenRotationCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TokenRotationTesting",
      dependencies: [
        "TokenRotationCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "RotationChecking",
      dependencies: ["TokenRotationCore"],
      path: "Simulation/RotationChecking",
      swiftSettings: strict
    ),
    .target(
      name: "RotationSimulation",
      dependencies: [
        "TokenRotationCore", "TokenRotationOpenSSL", "TokenRotationSimulator",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Simulation/RotationSimulation",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "simulate",
      dependencies: ["RotationChecking", "RotationSimulation"],
      path: "Simulation/simulate",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "cutover",
      dependencies: [
        "LoopbackSupport", "TokenRotation", "TokenRotationPostgres", "TokenRotationSimulator",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Cutover",
      swiftSettings: strict
    ),
    .target(
      name: "RotationCrashing",
      dependencies: [
        "TokenRotation", "TokenRotationPostgres", "TokenRotationSQLite", "TokenRotationSimulator", "LoopbackSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Crash/RotationCrashing",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "crash",
      dependencies: ["RotationCrashing"],
      path: "Crash/crash",
      swiftSettings: strict
    ),
    .target(
      name: "LoopbackSupport",
      dependencies: [
        "TokenRotationCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      path: "Tests/LoopbackSupport",
      swiftSettings: strict
    ),
    .target(name: "CInterposition", path: "Tests/CInterposition"),
    .testTarget(
      name: "RotationCheckingTests",
      dependencies: ["RotationChecking", "LoopbackSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RotationSimulationTests",
      dependencies: ["RotationSimulation", "LoopbackSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RotationCrashingTests",
      dependencies: ["RotationCrashing"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationAsyncHTTPClientTests",
      dependencies: [
        "TokenRotationAsyncHTTPClient", "TokenRotationCore", "LoopbackSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(
          name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["AsyncHTTPClient"])),
        .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["AsyncHTTPClient"])),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationCoreTests",
      dependencies: [
        "TokenRotationCore", "TokenRotationTesting",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationCurlTests",
      dependencies: [
        "TokenRotationCore", "TokenRotationCurl", "LoopbackSupport", "CInterposition",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationHummingbirdTests",
      dependencies: [
        "TokenRotationHummingbird", "TokenRotation",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
        .product(name: "HummingbirdTesting", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
        .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Hummingbird"])),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationOpenSSLTests",
      dependencies: ["TokenRotationCore", "TokenRotationOpenSSL", "CTokenRotationOpenSSL"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationPostgresTests",
      dependencies: [
        "TokenRotation", "TokenRotationCore", "TokenRotationPostgres", "TokenRotationSimulator",
        "TokenRotationTesting", "LoopbackSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationSimulatorTests",
      dependencies: [
        "TokenRotationSimulator", "TokenRotationCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationSQLiteTests",
      dependencies: [
        "TokenRotation", "TokenRotationCore", "TokenRotationSQLite", "TokenRotationSimulator",
        "TokenRotationTesting", "LoopbackSupport", "CInterposition",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationTestingTests",
      dependencies: ["TokenRotationCore", "TokenRotationTesting"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TokenRotationTests",
      dependencies: [
        "TokenRotation", "TokenRotationSimulator", "TokenRotationTesting", "LoopbackSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
