import Foundation

/// The servers that are asked; Scripts/bench starts them and says in the environment where they are.
struct Site: Sendable {
  /// How requests get there.
  enum Kind: String, CaseIterable, Sendable {
    case http1, http2
  }

  static let accountSID = "AC0123456789abcdef0123456789abcdef"
  static let authToken = "0123456789abcdef0123456789abcdef"
  static let path = "/2010-04-01/Accounts/\(accountSID).json"

  let certificateAuthorityFile: String
  /// What the server answers to everything: the account, with the token above as its primary.
  let answer: [UInt8]
  /// The folder of PostgreSQL's socket.
  let postgres: String
  /// The program that measures PostgreSQL.
  let pgbench: String
  private let authorities: [Kind: String]

  /// - Throws: ``UnexpectedResult`` if the environment does not say where the servers are.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    func value(_ name: String) throws -> String {
      guard let value = environment[name] else { throw UnexpectedResult("\(name) is not set; run Scripts/bench") }
      return value
    }
    authorities = [.http1: try value("BENCH_HTTP"), .http2: try value("BENCH_HTTPS")]
    certificateAuthorityFile = try value("BENCH_CA_FILE")
    postgres = try value("BENCH_POSTGRES")
    pgbench = try value("BENCH_PGBENCH")
    answer = Array(try Data(contentsOf: URL(fileURLWithPath: value("BENCH_ANSWER_FILE"))))
  }

  func authority(_ kind: Kind) -> String { authorities[kind] ?? "" }
  func scheme(_ kind: Kind) -> String { kind == .http1 ? "http" : "https" }
  func base(_ kind: Kind) -> String { "\(scheme(kind))://\(authority(kind))" }
  func url(_ kind: Kind) -> String { base(kind) + Self.path }
}
