import Foundation
import Testing
import TokenRotationCore

@Suite("A keyring is read whole or not at all")
struct KeyringTests {
  /// Base64 of 32 times the same byte.
  static func key(_ byte: UInt8, count: Int = 32) -> String {
    Data(repeating: byte, count: count).base64EncodedString()
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let code: TokenRotationError.Code

    var testDescription: String { name }
  }

  /// Whatever is wrong with a list of keys, in the separator of the environment variable.
  static let refused = [
    Refused(name: "nothing", text: "", code: .keyringMissing),
    Refused(name: "blanks and commas", text: " , ,\n", code: .keyringMissing),
    Refused(name: "31 bytes", text: key(1, count: 31), code: .keyMalformed),
    Refused(name: "33 bytes", text: key(1, count: 33), code: .keyMalformed),
    Refused(name: "a short second key", text: "\(key(1)),\(key(2, count: 16))", code: .keyMalformed),
    Refused(name: "no base64", text: "not base64!", code: .keyMalformed),
    Refused(name: "hexadecimal", text: String(repeating: "0f", count: 32), code: .keyMalformed),
    Refused(name: "the same key twice", text: "\(key(1)),\(key(1))", code: .keyDuplicate),
    Refused(name: "the same key later", text: "\(key(1)),\(key(2)),\(key(3)),\(key(2))", code: .keyDuplicate),
  ]

  @Test("The environment's keys are taken in their order, with blanks around them")
  func environment() throws {
    let keyring = try Keyring.environment("KEYS", in: ["KEYS": " \(Self.key(1)), \(Self.key(2)) ,\(Self.key(3)),\n"])
    #expect(bytes(keyring) == [1, 2, 3])
    #expect(String(describing: keyring) == "<keyring of 3>")
  }

  @Test("An unset variable is a missing keyring, and is named")
  func unset() {
    let error = #expect(throws: TokenRotationError.self) { try Keyring.environment("KEYS", in: ["OTHER": Self.key(1)]) }
    #expect(error?.code == .keyringMissing)
    #expect(error?.message.contains("KEYS") == true)
  }

  @Test("A bad list in the environment has a code of its own, and its text is not repeated", arguments: refused)
  func refusedEnvironment(refused: Refused) {
    let error = #expect(throws: TokenRotationError.self) { try Keyring.environment("KEYS", in: ["KEYS": refused.text]) }
    #expect(error?.code == refused.code)
    for key in refused.text.split(separator: ",") where key.count > 8 {
      #expect(error?.description.contains(key) == false)
    }
  }

  @Test("A bad list in a file has the same code", arguments: refused)
  func refusedFile(refused: Refused) throws {
    try withKeyFile(refused.text.replacing(",", with: "\n")) { path in
      #expect(code { try Keyring.file(path) } == refused.code)
    }
  }

  @Test("A file's keys are taken line by line, without comments, empty lines and line ends of other systems")
  func file() throws {
    let text = "# sealing\n\(Self.key(1))\r\n\n   \n  # opening\n  \(Self.key(2))\t\n\(Self.key(3))"
    try withKeyFile(text) { path in
      #expect(bytes { try Keyring.file(path) } == [1, 2, 3])
    }
  }

  @Test(
    "A file that others can open is refused, unless the host allows it", arguments: [0o640, 0o604, 0o444, 0o620, 0o601])
  func openToOthers(mode: Int) throws {
    try withKeyFile(Self.key(1), mode: mode) { path in
      #expect(code { try Keyring.file(path) } == .keyFileReadableByOthers)
      #expect(bytes { try Keyring.file(path, readableBy: .anyone) } == [1])
    }
  }

  @Test("A file of its owner's is taken", arguments: [0o600, 0o400, 0o700])
  func ownersOnly(mode: Int) throws {
    try withKeyFile(Self.key(1), mode: mode) { path in
      #expect(bytes { try Keyring.file(path) } == [1])
    }
  }

  @Test("A symbolic link is followed, and the mode is that of the file behind it")
  func symbolicLink() throws {
    try withKeyFile(Self.key(1)) { path in
      let link = path + ".link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      #expect(bytes { try Keyring.file(link) } == [1])
      try setMode(0o644, of: path)
      #expect(code { try Keyring.file(link) } == .keyFileReadableByOthers)
    }
  }

  @Test("What is not a regular file is refused, without waiting for a writer")
  func notAFile() throws {
    try withKeyFile("") { path in
      let pipe = path + ".pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      for path in [pipe, NSTemporaryDirectory(), "/dev/null", path + ".absent"] {
        #expect(code { try Keyring.file(path) } == .keyFileUnreadable, "\(path)")
        #expect(code { try Keyring.file(path, readableBy: .anyone) } == .keyFileUnreadable, "\(path)")
      }
    }
  }

  @Test("A file too large to be a list of keys is refused, the largest one is not")
  func size() throws {
    let largest = Self.key(1) + "\n#" + String(repeating: "x", count: 65_536 - 46)
    try withKeyFile(largest) { path in #expect(bytes { try Keyring.file(path) } == [1]) }
    try withKeyFile(largest + "x") { path in #expect(code { try Keyring.file(path) } == .keyFileUnreadable) }
  }

  @Test("No way of printing shows a key")
  func redaction() throws {
    let keyring = try Keyring.environment("KEYS", in: ["KEYS": "\(Self.key(0x41)),\(Self.key(0x42))"])
    var text =
      "\(keyring) \(keyring.sealingKey) \(String(reflecting: keyring)) \(String(reflecting: keyring.sealingKey))"
    dump(keyring, to: &text)
    dump(keyring.sealingKey, to: &text)
    // Base64, the bytes as text, and the bytes one by one, as `dump` shows an array.
    for shown in [Self.key(0x41), Self.key(0x42), "AAAA", "BBBB", "- 65", "- 66"] {
      #expect(!text.contains(shown))
    }
    #expect(Mirror(reflecting: keyring).children.isEmpty)
    #expect(Mirror(reflecting: keyring.sealingKey).children.isEmpty)
  }

  /// The first byte of every key, in order; the test keys are one byte repeated.
  private func bytes(_ keyring: Keyring) -> [UInt8] {
    ([keyring.sealingKey] + keyring.openingKeys).map { $0.withUnsafeBytes { $0[0] } }
  }

  private func bytes(_ body: () throws -> Keyring) -> [UInt8]? {
    (try? body()).map(bytes)
  }

  private func code(_ body: () throws -> Keyring) -> TokenRotationError.Code? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? TokenRotationError)?.code
    }
  }

  private func setMode(_ mode: Int, of path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  /// Writes a key file into a folder of its own and removes both afterwards.
  private func withKeyFile(_ text: String, mode: Int = 0o600, _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyring-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("keys").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try setMode(mode, of: path)
    try body(path)
  }
}
