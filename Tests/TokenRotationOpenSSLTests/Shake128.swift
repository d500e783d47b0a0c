import CTokenRotationOpenSSL

/// SHAKE-128 for the accumulated vector, straight from OpenSSL.
struct Shake128: ~Copyable {
  struct Refused: Error {}

  private let context: OpaquePointer

  init() throws {
    guard let context = EVP_MD_CTX_new() else { throw Refused() }
    guard EVP_DigestInit_ex2(context, EVP_shake128(), nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw Refused()
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  mutating func update(_ bytes: [UInt8]) throws {
    guard EVP_DigestUpdate(context, bytes, bytes.count) == 1 else { throw Refused() }
  }

  consuming func finish(count: Int) throws -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    guard EVP_DigestFinalXOF(context, &output, count) == 1 else { throw Refused() }
    return output
  }
}

/// The output of SHAKE-128 over nothing, handed out piece by piece.
struct ShakeStream {
  private let bytes: [UInt8]
  private var position = 0

  init(byteCount: Int) throws {
    bytes = try Shake128().finish(count: byteCount)
  }

  mutating func next(_ count: Int) -> [UInt8] {
    defer { position += count }
    return Array(bytes[position..<(position + count)])
  }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
