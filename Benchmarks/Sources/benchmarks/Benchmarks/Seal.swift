import CBenchmarkPeers
import Crypto
import Foundation
import TokenRotation

/// Sealing a token of 32 bytes, and opening it: what every update and every read of a token does once.
enum Seal {
  static func contests() throws -> [Contest] {
    let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    let place = Place()
    return [
      Contest(
        "seal", .time,
        peers: [
          Contest.Peer("openssl", .atMost(1.1)) { try PlainCSeal(key, place) },
          Contest.Peer("swift-crypto", .below(1)) { try SwiftCryptoSeal(key, place) },
        ]
      ) { try CipherSeal(key, place) },
      Contest(
        "open", .time,
        peers: [
          Contest.Peer("openssl", .atMost(1.1)) { try PlainCOpen(key, place) },
          Contest.Peer("swift-crypto", .below(1)) { try SwiftCryptoOpen(key, place) },
        ]
      ) { try CipherOpen(key, place) },
    ]
  }

  /// Whose token it is, and the token.
  struct Place: Sendable {
    let providerID = ProviderID().description
    let accountSID = Site.accountSID
    let slot = TokenSlot.current
    let token = Array(Site.authToken.utf8)

    func context() throws -> SealingContext {
      SealingContext(
        providerID: try ProviderID(providerID), accountSID: try AccountSID(accountSID), slot: slot)
    }
  }
}

// MARK: Ours

struct CipherSeal: Workload {
  private let cipher: OpenSSLTokenCipher
  private let context: SealingContext
  private let token: AuthToken

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    cipher = try OpenSSLTokenCipher(keyring: Keyring(sealingKey: Keyring.Key(bytes: key)))
    context = try place.context()
    token = try AuthToken(issued: place.token)
    // Both sides of the comparison have to do the same: what one sealed the other opens.
    guard try PlainCSeal(key, place).opens(cipher.seal(token, for: context).bytes) else {
      throw UnexpectedResult("the plain C peer does not open what the cipher sealed")
    }
  }

  func run(_ count: Int) throws {
    for _ in 0..<count { use(try cipher.seal(token, for: context)) }
  }
}

struct CipherOpen: Workload {
  private let cipher: OpenSSLTokenCipher
  private let context: SealingContext
  private let sealed: SealedToken

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    cipher = try OpenSSLTokenCipher(keyring: Keyring(sealingKey: Keyring.Key(bytes: key)))
    context = try place.context()
    sealed = SealedToken(bytes: try PlainCSeal(key, place).sealed())
    guard try cipher.open(sealed, for: context) == AuthToken(issued: place.token) else {
      throw UnexpectedResult("the cipher does not open what the plain C peer sealed")
    }
  }

  func run(_ count: Int) throws {
    for _ in 0..<count { use(try cipher.open(sealed, for: context)) }
  }
}

// MARK: Plain C

/// The same construction, called from C as a C program would call it.
// Unchecked, because of the pointers: the race runs one turn at a time and finishes after the last one.
final class PlainCSeal: Workload, @unchecked Sendable {
  fileprivate let peer: OpaquePointer
  fileprivate let place: Seal.Place
  private let names: [UnsafeMutablePointer<CChar>]
  fileprivate let output: UnsafeMutablePointer<UInt8>

  static let overhead = 57

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    guard let peer = sealPeerMake(key) else { throw UnexpectedResult("OpenSSL could not be set up") }
    self.peer = peer
    self.place = place
    let names = [place.providerID, place.accountSID, place.slot.rawValue]
    self.names = names.compactMap { name in strdup(name) }
    output = .allocate(capacity: place.token.count + Self.overhead)
  }

  deinit {
    sealPeerFree(peer)
    for name in names { free(name) }
    output.deallocate()
  }

  func run(_ count: Int) throws {
    try place.token.withUnsafeBufferPointer { token in
      for _ in 0..<count {
        guard sealPeerSeal(peer, token.baseAddress, token.count, names[0], names[1], names[2], output) == 0 else {
          throw UnexpectedResult("the plain C peer could not seal")
        }
      }
    }
  }

  func open(_ sealed: UnsafeBufferPointer<UInt8>) -> Bool {
    sealPeerOpen(peer, sealed.baseAddress, sealed.count, names[0], names[1], names[2], output) == 0
  }

  func opens(_ sealed: [UInt8]) -> Bool {
    sealed.withUnsafeBufferPointer(open)
      && Array(UnsafeBufferPointer(start: output, count: place.token.count)) == place.token
  }

  func sealed() throws -> [UInt8] {
    try run(1)
    return Array(UnsafeBufferPointer(start: output, count: place.token.count + Self.overhead))
  }
}

struct PlainCOpen: Workload {
  private let peer: PlainCSeal
  private let sealed: [UInt8]

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    peer = try PlainCSeal(key, place)
    sealed = try peer.sealed()
  }

  func run(_ count: Int) throws {
    try sealed.withUnsafeBufferPointer { sealed in
      for _ in 0..<count {
        guard peer.open(sealed) else { throw UnexpectedResult("the plain C peer could not open") }
      }
    }
  }
}

// MARK: swift-crypto

/// AES-256-GCM with a random nonce of 12 bytes: less than ours does, as it is safe for 2³² tokens and not for 2⁸⁰.
struct SwiftCryptoSeal: Workload {
  fileprivate let key: SymmetricKey
  fileprivate let associatedData: [UInt8]
  fileprivate let token: [UInt8]

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    self.key = SymmetricKey(data: key)
    associatedData = try place.context().encoded
    token = place.token
  }

  func run(_ count: Int) throws {
    for _ in 0..<count { use(try sealed()) }
  }

  fileprivate func sealed() throws -> Data {
    guard let sealed = try AES.GCM.seal(token, using: key, authenticating: associatedData).combined else {
      throw UnexpectedResult("swift-crypto gave no combined form")
    }
    return sealed
  }
}

struct SwiftCryptoOpen: Workload {
  private let sealing: SwiftCryptoSeal
  private let sealed: Data

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    sealing = try SwiftCryptoSeal(key, place)
    sealed = try sealing.sealed()
  }

  func run(_ count: Int) throws {
    for _ in 0..<count {
      let box = try AES.GCM.SealedBox(combined: sealed)
      use(try AES.GCM.open(box, using: sealing.key, authenticating: sealing.associatedData))
    }
  }
}
