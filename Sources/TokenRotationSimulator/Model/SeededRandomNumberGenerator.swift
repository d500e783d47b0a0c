/// Numbers that look random and are the same for the same seed: pass it to a simulator and a run can be repeated.
///
/// SplitMix64; not for secrets.
public struct SeededRandomNumberGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts a sequence.
  public init(seed: UInt64) { state = seed }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension RandomNumberGenerator {
  /// `count` lower-case hexadecimal characters, as UTF-8.
  mutating func hexadecimal(_ count: Int) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var characters: [UInt8] = []
    characters.reserveCapacity(max(0, count))
    var bits: UInt64 = 0
    for index in 0..<max(0, count) {
      if index.isMultiple(of: 16) { bits = next() }
      characters.append(digits[Int(bits & 0xF)])
      bits >>= 4
    }
    return characters
  }
}
