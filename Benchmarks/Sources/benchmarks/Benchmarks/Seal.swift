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
    var sealed = try cipher.seal(token, for: context).bytes
    let peer = try PlainCSeal(key, place)
    let isSame = try sealed.withUnsafeMutableBufferPointer {
      try peer.open(SealPeerBytes(bytes: $0.baseAddress, size: $0.count))
    }
    guard isSame else {
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
    let foreign = try PlainCSeal(key, place).seal()
    sealed = SealedToken(bytes: Array(UnsafeBufferPointer(start: foreign.bytes, count: foreign.size)))
    free(foreign.bytes)
    guard try cipher.open(sealed, for: context) == AuthToken(issued: place.token) else {
      throw UnexpectedResult("the cipher does not open what the plain C peer sealed")
    }
  }

  func run(_ count: Int) throws {
    for _ in 0..<count { use(try cipher.open(sealed, for: context)) }
  }
}

// MARK: Plain C

/// The same construction with the same promises, called from C as a C program would call it.
// Unchecked, because of the pointers: nothing changes but what the peer's own mutex guards.
final class PlainCSeal: Workload, @unchecked Sendable {
  private let peer: OpaquePointer
  private let names: [UnsafeMutablePointer<CChar>]
  private let token: SealPeerBytes

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    guard let peer = sealPeerMake(key) else { throw UnexpectedResult("OpenSSL could not be set up") }
    self.peer = peer
    let names = [place.providerID, place.accountSID, place.slot.rawValue]
    self.names = names.compactMap { name in strdup(name) }
    token = SealPeerBytes(bytes: .allocate(capacity: place.token.count), size: place.token.count)
    token.bytes.initialize(from: place.token, count: token.size)
  }

  deinit {
    sealPeerFree(peer)
    for name in names { free(name) }
    token.bytes.deallocate()
  }

  func run(_ count: Int) throws {
    for _ in 0..<count { free(try seal().bytes) }
  }

  func seal() throws -> SealPeerBytes {
    var sealed = SealPeerBytes()
    guard sealPeerSeal(peer, token, names[0], names[1], names[2], &sealed) == 0 else {
      throw UnexpectedResult("the plain C peer could not seal")
    }
    return sealed
  }

  /// Opens a sealed token, and says whether it is the one that it should be.
  func open(_ sealed: SealPeerBytes) throws -> Bool {
    var opened = SealPeerBytes()
    guard sealPeerOpen(peer, sealed, names[0], names[1], names[2], &opened) == 0 else {
      throw UnexpectedResult("the plain C peer could not open")
    }
    defer { sealPeerErase(opened) }
    return opened.size == token.size && memcmp(opened.bytes, token.bytes, token.size) == 0
  }
}

// Unchecked, because of the pointer, to what never changes.
struct PlainCOpen: Workload, @unchecked Sendable {
  private let peer: PlainCSeal
  private let sealed: SealPeerBytes

  init(_ key: [UInt8], _ place: Seal.Place) throws {
    peer = try PlainCSeal(key, place)
    sealed = try peer.seal()
  }

  func run(_ count: Int) throws {
    for _ in 0..<count { use(try peer.open(sealed)) }
  }

  func finish() { free(sealed.bytes) }
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
