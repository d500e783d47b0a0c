// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "host-on-async-http-client",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0")],
  targets: [
    .executableTarget(
      name: "host", dependencies: [.product(name: "AsyncHTTPClient", package: "async-http-client")])
  ],
  swiftLanguageModes: [.v6]
)
