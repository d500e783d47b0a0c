// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "host-on-token-rotation",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-token-rotation", path: "../../..")],
  targets: [
    .executableTarget(
      name: "host", dependencies: [.product(name: "TokenRotation", package: "swift-token-rotation")])
  ],
  swiftLanguageModes: [.v6]
)
