// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "swift-token-rotation-examples",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "bare-server", targets: ["bare-server"]),
    .executable(name: "provider-server", targets: ["provider-server"]),
    .executable(name: "rotation-demo", targets: ["rotation-demo"]),
    .executable(name: "webhook-receiver", targets: ["webhook-receiver"]),
    .executable(name: "twilio-simulator", targets: ["twilio-simulator"]),
    .library(name: "SimulatorServer", targets: ["SimulatorServer"]),
  ],
  dependencies: [
    .package(name: "swift-token-rotation", path: "..", traits: ["Hummingbird", "SQLite"]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["CommandLineArguments"]),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(
      name: "SimulatorServer",
      dependencies: [
        .product(name: "TokenRotationSimulator", package: "swift-token-rotation"),
        .product(name: "TokenRotationCore", package: "swift-token-rotation"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "ExampleSupport",
      dependencies: [
        .product(name: "TokenRotation", package: "swift-token-rotation"),
        .product(name: "TokenRotationPostgres", package: "swift-token-rotation"),
        .product(name: "TokenRotationSQLite", package: "swift-token-rotation"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "bare-server",
      dependencies: [
        "ExampleSupport",
        .product(name: "Hummingbird", package: "hummingbird"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "provider-server",
      dependencies: [
        "ExampleSupport",
        .product(name: "TokenRotation", package: "swift-token-rotation"),
        .product(name: "TokenRotationHummingbird", package: "swift-token-rotation"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "twilio-simulator",
      dependencies: [
        "ExampleSupport", "SimulatorServer",
        .product(name: "TokenRotationSimulator", package: "swift-token-rotation"),
        .product(name: "TokenRotationCore", package: "swift-token-rotation"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "rotation-demo",
      dependencies: [
        "ExampleSupport", "SimulatorServer",
        .product(name: "TokenRotation", package: "swift-token-rotation"),
        .product(name: "TokenRotationSimulator", package: "swift-token-rotation"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "webhook-receiver",
      dependencies: [
        "ExampleSupport",
        .product(name: "TokenRotation", package: "swift-token-rotation"),
        .product(name: "TokenRotationHummingbird", package: "swift-token-rotation"),
        .product(name: "TokenRotationSimulator", package: "swift-token-rotation"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "WebhookReceiverTests",
      dependencies: [
        "webhook-receiver",
        .product(name: "TokenRotation", package: "swift-token-rotation"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "SimulatorServerTests",
      dependencies: [
        "SimulatorServer",
        .product(name: "TokenRotation", package: "swift-token-rotation"),
        .product(name: "TokenRotationSimulator", package: "swift-token-rotation"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
