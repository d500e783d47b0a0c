import Foundation
import Testing
import TokenRotation

/// Webhooks that are signed, and the same with one thing changed; `Scripts/forgeries` runs a million of them.
@Suite("Forged webhooks")
struct WebhookForgeryTests {
  static let count = ProcessInfo.processInfo.environment["FORGERIES"].flatMap { Int($0) } ?? 3000
  static let seed =
    ProcessInfo.processInfo.environment["FORGERIES_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)

  @Test func noneIsAccepted() async throws {
    var random = SplitMix(seed: Self.seed)
    var forged: [Forgery: Int] = [:]
    var (genuine, refused, accepted, all) = (0, 0, 0, 0)
    while all < Self.count {
      let signed = try SignedWebhook(using: &random)
      genuine += 1
      if let code = try await signed.refusal {
        refused += 1
        Issue.record("seed \(Self.seed): refused for \(code): \(signed.parameters)")
      }
      for forgery in Forgery.allCases {
        guard let other = try signed.forged(forgery, using: &random) else { continue }
        all += 1
        forged[forgery, default: 0] += 1
        if try await other.refusal == nil {
          accepted += 1
          Issue.record("seed \(Self.seed): \(forgery) accepted: \(signed.parameters), \(other.parameters)")
        }
      }
    }
    print(
      "forgeries: seed=\(Self.seed) genuine=\(genuine) genuine_refused=\(refused) forged=\(all) forged_accepted=\(accepted)"
    )
    #expect(Set(forged.keys) == Set(Forgery.allCases))
  }
}

/// What is changed.
enum Forgery: CaseIterable {
  case wrongKey, wrongKeyByABit, path, query, host, scheme, port, name, value, parameterAdded, parameterRemoved, body
  case digest, nameCase, valueCase, signatureBit, signatureCase, signatureTruncated, signatureTooLong, unsortedSignature
  case parametersSwapped, signatureOfAnother
}

/// Numbers that come again with the same seed.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A webhook as Twilio would send it.
struct SignedWebhook {
  var bench: WebhookBench
  var path: String
  var parameters: [(name: String, value: String)]
  var json: [UInt8]?
  var signature: String

  init(using random: inout SplitMix) throws {
    bench = try WebhookBench(Self.text(32, "0123456789abcdef", &random))
    path = "/" + Self.text(Int.random(in: 0...20, using: &random), "abcXYZ/", &random)
    if Bool.random(using: &random) {
      path += "?" + Self.text(Int.random(in: 1...20, using: &random), "abc=&%20", &random)
    }
    let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 +&=%/-_.é🎉"
    let count = Int.random(in: 2...12, using: &random)
    parameters = (0..<count).map { _ in
      (
        Self.text(Int.random(in: 1...12, using: &random), "ABCDabcd", &random),
        Self.text(Int.random(in: 1...30, using: &random), letters, &random)
      )
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      let body = Array(#"{"text":"\#(Self.text(20, "abc", &random))"}"#.utf8)
      json = body
      parameters = []
      path += (path.contains("?") ? "&" : "?") + "bodySHA256=\(try WebhookSignature.digest(of: body))"
    }
    signature = ""
    signature = try sign(with: bench.token)
  }

  private static func text(_ count: Int, _ letters: String, _ random: inout SplitMix) -> String {
    let letters = Array(letters)
    return String((0..<count).map { _ in letters[Int.random(in: letters.indices, using: &random)] })
  }

  func sign(with token: AuthToken, host: String = "https://mycompany.com") throws -> String {
    try WebhookSignature.sign(url: host + path, parameters: json == nil ? parameters : [], with: token)
  }

  var refusal: WebhookRefusal.Code? {
    get async throws {
      var webhook = Webhook(path: path, signatures: [signature])
      webhook.body = json ?? form(parameters)
      if json != nil { webhook.contentTypes = ["application/json"] }
      return try await bench.refusal(webhook)
    }
  }

  /// The message without its signature, which tells whether a change changed anything: where a name ends and its value
  /// begins is not signed.
  private var message: String {
    path + "\n"
      + Dictionary(grouping: parameters, by: \.name).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { name, values in
        Set(values.map(\.value)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
          .map { name + $0 }.joined()
      }
      .joined() + "\n" + String(decoding: json ?? [], as: UTF8.self)
  }

  /// The same with one thing changed; nil if that cannot be changed here, or changes nothing that is signed.
  func forged(_ forgery: Forgery, using random: inout SplitMix) throws -> SignedWebhook? {
    var forged = self
    switch forgery {
    case .wrongKey:
      forged.signature = try sign(with: AuthToken(issued: Self.text(32, "0123456789abcdef", &random).utf8))
    case .wrongKeyByABit:
      var key = bench.token.withUnsafeBytes { Array($0) }
      key[Int.random(in: key.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      forged.signature = try sign(with: AuthToken(issued: key))
    case .path: forged.path = "/x" + path.dropFirst()
    case .query: forged.path += path.contains("?") ? "&x=1" : "?x=1"
    case .host: forged.signature = try sign(with: bench.token, host: "https://mycompany.com.example")
    case .scheme: forged.signature = try sign(with: bench.token, host: "http://mycompany.com")
    case .port: forged.signature = try sign(with: bench.token, host: "https://mycompany.com:8443")
    case .name, .value, .nameCase, .valueCase:
      guard !parameters.isEmpty else { return nil }
      let index = Int.random(in: parameters.indices, using: &random)
      switch forgery {
      case .name: forged.parameters[index].name += "x"
      case .value: forged.parameters[index].value = "x" + parameters[index].value
      case .nameCase: forged.parameters[index].name = parameters[index].name.swappedCase
      default: forged.parameters[index].value = parameters[index].value.swappedCase
      }
    case .parameterAdded:
      guard json == nil else { return nil }
      forged.parameters.append(("E" + Self.text(3, "xyz", &random), Self.text(3, "abc", &random)))
    case .parameterRemoved:
      guard !parameters.isEmpty else { return nil }
      forged.parameters.remove(at: Int.random(in: parameters.indices, using: &random))
    case .parametersSwapped:
      guard parameters.count > 1 else { return nil }
      let other = Int.random(in: 1..<parameters.count, using: &random)
      (forged.parameters[0].value, forged.parameters[other].value) = (parameters[other].value, parameters[0].value)
    case .body:
      guard let json else { return nil }
      forged.json?[Int.random(in: json.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      if forged.json == json { return nil }
      return forged
    case .digest:
      // A body and a digest that fit each other, below the signature of others.
      guard let json else { return nil }
      forged.json = json + [UInt8(ascii: " ")]
      forged.path = path.replacing(
        try WebhookSignature.digest(of: json), with: try WebhookSignature.digest(of: forged.json ?? []))
    case .signatureBit: forged.signature = try flippingABit(of: signature, using: &random)
    case .signatureCase: forged.signature = signature.swappedCase
    case .signatureTruncated: forged.signature = String(signature.prefix(Int.random(in: 0..<28, using: &random)))
    case .signatureTooLong: forged.signature += Self.text(Int.random(in: 1...40, using: &random), "ABCabc=", &random)
    case .unsortedSignature:
      let text =
        "https://mycompany.com" + path + parameters.shuffled(using: &random).map { $0.name + $0.value }.joined()
      forged.signature = try WebhookSignature.sign(url: text, with: bench.token)
    case .signatureOfAnother: forged.signature = try SignedWebhook(using: &random).signature
    }
    return forged.message == message && forged.signature == signature ? nil : forged
  }

  private func flippingABit(of signature: String, using random: inout SplitMix) throws -> String {
    var bytes = Array(try #require(Data(base64Encoded: signature)))
    bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    return Data(bytes).base64EncodedString()
  }
}

extension String {
  fileprivate var swappedCase: String {
    String(map { $0.isUppercase ? Character($0.lowercased()) : Character($0.uppercased()) })
  }
}
