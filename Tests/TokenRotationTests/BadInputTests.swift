import Testing
import TokenRotation
import TokenRotationSimulator
import TokenRotationTesting

@Suite("Bad input: an error code of its own, and not one stored byte changed")
struct BadInputTests {
  /// One thing that goes wrong while a token is updated.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: TokenRotationError.Code
    let update: @Sendable (Bench, ProviderID) async throws -> Void

    init(
      _ description: String, _ code: TokenRotationError.Code,
      _ update: @escaping @Sendable (Bench, ProviderID) async throws -> Void
    ) {
      (testDescription, self.code, self.update) = (description, code, update)
    }

    /// A token as somebody typed it.
    static func typing(_ description: String, _ typed: String) -> Case {
      Case(description, .authTokenMalformed) { bench, id in
        try await bench.providers.updateAuthToken(of: id, to: AuthToken(parsing: typed))
      }
    }

    /// A good token, and a Twilio that answers this.
    static func answering(_ error: SimulatedError, _ code: TokenRotationError.Code) -> Case {
      Case("Twilio answers \(error.status)/\(error.code ?? 0)", code) { bench, id in
        bench.twilio.answerNext(with: error)
        try await bench.providers.updateAuthToken(of: id, to: bench.firstToken)
      }
    }

    /// A good token, and an account that is not as it should be.
    static func account(
      _ description: String, _ code: TokenRotationError.Code,
      _ change: @escaping @Sendable (inout SimulatedAccount) -> Void
    ) -> Case {
      Case(description, code) { bench, id in
        bench.twilio.configure { $0.answersForInactiveAccounts = true }
        bench.twilio.changeAccount(try bench.accountSID, change)
        try await bench.providers.updateAuthToken(of: id, to: bench.firstToken)
      }
    }
  }

  static let token = "0123456789abcdef0123456789abcdef"

  static let typed: [Case] = [
    .typing("nothing", ""),
    .typing("31 characters", String(token.dropLast())),
    .typing("33 characters", token + "0"),
    .typing("upper case", token.uppercased()),
    .typing("a blank in front", " " + token),
    .typing("a blank inside", token.replacing("89", with: "8 9")),
    .typing("a newline at the end", token + "\n"),
    .typing("another alphabet", token.replacing("a", with: "а")),
    .typing("an account SID", "AC" + token),
  ]

  static let refused: [Case] = [
    Case("a wrong token", .tokenRefused) { bench, id in
      try await bench.providers.updateAuthToken(of: id, to: .random())
    },
    Case("a secondary", .tokenIsSecondary) { bench, id in
      let secondary = try AuthToken.random()
      bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = secondary }
      try await bench.providers.updateAuthToken(of: id, to: secondary)
    },
    Case("an unknown provider", .providerNotFound) { bench, _ in
      try await bench.providers.updateAuthToken(of: ProviderID(), to: bench.firstToken)
    },
    .account("a suspended account", .accountSuspended) { $0.status = .suspended },
    .account("a closed account", .accountClosed) { $0.status = .closed },
    .account("test credentials", .testCredentials) { $0.refusal = .testCredentials },
    .answering(.accountNotActive, .accountNotActive),
    .answering(.accountInactive, .accountNotActive),
    .answering(.forbidden, .accountNotActive),
    .answering(.insufficientPrivileges, .insufficientPrivileges),
    .answering(.publicKeyValidationRequired, .basicAuthenticationDisabled),
    .answering(.failureThresholdExceeded, .failureThresholdExceeded),
    .answering(.rateLimited, .twilioRateLimited),
    .answering(.serverError, .twilioUnavailable),
    .answering(.unavailable, .twilioUnavailable),
    .answering(.notFound("/"), .twilioRefused),
    Case("Twilio does not say which account", .twilioAnswerMalformed) { bench, id in
      bench.twilio.configure { $0.fieldOverrides[.fetchAccount] = ["sid": .null] }
      try await bench.providers.updateAuthToken(of: id, to: bench.firstToken)
    },
  ]

  @Test(arguments: typed + refused)
  func update(row: Case) async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let before = try await bench.storedBytes(id)
    await expect(row.code) { try await row.update(bench, id) }
    #expect(try await bench.storedBytes(id) == before)
  }

  /// What the transport does while a token is updated.
  static let transports: [(ScriptedTransport.Step, TokenRotationError.Code)] = [
    (.failure(TransportError(.nameNotResolved, delivery: .notSent)), .twilioUnreachable),
    (.failure(TransportError(.connectionFailed, delivery: .notSent)), .twilioUnreachable),
    (.failure(TransportError(.tlsFailed, delivery: .notSent)), .twilioUnreachable),
    (.failure(TransportError(.connectionLost, delivery: .maybeSent)), .twilioUnreachable),
    (.failure(TransportError(.timedOut, delivery: .maybeSent)), .twilioTimedOut),
    (.failure(LossyTransport.ForeignError()), .twilioUnreachable),
    (.answer(.json(200, "")), .twilioAnswerMalformed),
    (.answer(.json(200, "<html>Sign in to the hotel's network</html>")), .twilioAnswerMalformed),
    (.answer(.json(200, "[1,2")), .twilioAnswerMalformed),
    (.answer(.json(401, "<html>Sign in to the proxy</html>")), .twilioAnswerMalformed),
    (.answer(.json(302, "")), .twilioAnswerMalformed),
    (
      .answer(.json(200, #"{"sid":"ACb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2","status":"active"}"#)), .accountMismatch
    ),
  ]

  @Test(arguments: transports.indices)
  func updateThroughABadTransport(index: Int) async throws {
    let (step, code) = Self.transports[index]
    let isBad = Switch()
    let bench = try Bench(wrapTransport: { twilio in
      ScriptedTransport { request in
        guard isBad.isOn else { return try await twilio.send(request) }
        switch step {
        case .answer(let response): return response
        case .failure(let error): throw error
        }
      }
    })
    let id = try await bench.register().id
    let before = try await bench.storedBytes(id)
    isBad.turn(on: true)
    await expect(code) { try await bench.providers.updateAuthToken(of: id, to: bench.firstToken) }
    #expect(try await bench.storedBytes(id) == before)
  }

  @Test func aStoreThatFailsWhileWritingSaysThatItsFateIsUnknown() async throws {
    let isBad = Switch()
    let bench = try Bench(wrapStore: { memory in
      InterruptedStore(memory: memory) { _ in if isBad.isOn { throw LossyTransport.ForeignError() } }
    })
    let id = try await bench.register().id
    isBad.turn(on: true)
    await expect(.storeFailed, .unknown) { try await bench.providers.updateAuthToken(of: id, to: bench.firstToken) }
  }

  @Test func aRecordThatDoesNotOpen() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let stranger = try TwilioProviders(
      store: bench.store, keyring: Keyring(sealingKey: .random()), transport: bench.twilio,
      configuration: bench.configuration)
    let before = try await bench.storedBytes(id)
    await expect(.sealedTokenKeyUnknown) { try await stranger.createSecondaryToken(of: id) }
    #expect(try await bench.storedBytes(id) == before)
    // An update does not need the old token: it is the way out.
    try await stranger.updateAuthToken(of: id, to: bench.firstToken)
  }

  @Test func registering() async throws {
    let bench = try Bench()
    let (sid, token) = (try bench.accountSID, bench.firstToken)
    let providers = bench.providers
    let other = try AccountSID("ACb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2")
    for name in ["", String(repeating: "x", count: 101), "a\0b"] {
      await expect(.nameMalformed) { try await providers.register(accountSID: sid, authToken: token, name: name) }
    }
    await expect(.phoneNumberCountMalformed) {
      try await providers.register(
        accountSID: sid, authToken: token, details: ProviderDetails(name: "x", phoneNumberCount: -1))
    }
    await expect(.tokenRefused) { try await providers.register(accountSID: sid, authToken: .random(), name: "x") }
    await expect(.tokenRefused) { try await providers.register(accountSID: other, authToken: token, name: "x") }
    #expect(try await bench.memory.page(after: nil, limit: 10).records.isEmpty)

    let id = try await bench.register().id
    let before = try await bench.storedBytes(id)
    let counted = bench.twilio.requestCount(of: .fetchAccount)
    await expect(.providerAlreadyRegistered) {
      try await providers.register(id: id, accountSID: other, authToken: token, name: "x")
    }
    await expect(.accountAlreadyRegistered) {
      try await providers.register(accountSID: sid, authToken: token, name: "x")
    }
    #expect(bench.twilio.requestCount(of: .fetchAccount) == counted, "found without asking Twilio")
    for count in [-1, .min] {
      await expect(.phoneNumberCountMalformed) {
        try await providers.updateDetails(of: id) { $0.phoneNumberCount = count }
      }
    }
    await expect(.phoneNumberCountMalformed) {
      try await providers.updateDetails(of: id) {
        $0.phoneNumbers = [try PhoneNumber("+18005551212")]
        $0.phoneNumberCount = 2
      }
    }
    #expect(try await bench.storedBytes(id) == before)
    for call in [{ _ = try await providers.provider(ProviderID()) }, { try await providers.remove(ProviderID()) }] {
      await expect(.providerNotFound) { try await call() }
    }
  }

  @Test func aSecondaryCanBeAllowed() async throws {
    let bench = try Bench()
    let id = try await bench.register().id
    let secondary = try AuthToken.random()
    bench.twilio.changeAccount(try bench.accountSID) { $0.secondary = secondary }
    try await bench.providers.updateAuthToken(of: id, to: secondary, allowingSecondary: true)
    #expect(try await bench.storedToken(id) == secondary)
  }
}
