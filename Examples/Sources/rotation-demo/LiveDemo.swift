import ExampleSupport
import TokenRotation

/// The demonstration on the account that the environment names: a real one, at Twilio, unless told otherwise.
struct LiveDemo {
  private let narrator: Narrator
  private let steps: Steps
  private let token: AuthToken
  private let file: NewTokenFile
  private let place: String

  init(
    _ narrator: Narrator, environment: [String: String], twilioURL: String?, tokenFile: String,
    store: any ProviderStore, timings: RotationTimings?, verbose: Bool
  ) throws {
    guard let sid = environment["TWILIO_ACCOUNT_SID"], let token = environment["TWILIO_AUTH_TOKEN"] else {
      throw Narrator.Surprise(
        "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to the account's SID and primary Auth Token.")
    }
    self.narrator = narrator
    self.token = try AuthToken(parsing: token)
    let host = try Host(
      twilioURL.map { try .redirected(to: $0) } ?? .twilio,
      store: store,
      // Nobody but this process reads the token, so nobody has to be waited for.
      timings: timings ?? RotationTimings(readersRefresh: .zero), verbose: verbose)
    steps = Steps(narrator: narrator, host: host, accountSID: try AccountSID(sid))
    file = NewTokenFile(path: tokenFile)
    place = twilioURL ?? "Twilio"
  }

  func run() async throws {
    narrator.title("Updating and rotating the Auth Token of \(steps.accountSID) at \(place)")
    narrator.say(
      "Until the question below nothing changes for anyone who uses the account: a secondary token is created, and "
        + "deleted again if you say no. Twilio may e-mail the account's owner about it.")
    narrator.gap()
    // Before anything is done at Twilio: a token that cannot be written down must not be made.
    try file.create()
    let id: ProviderID
    do {
      id = try await steps.register(token)
      try await steps.update(id, to: token, "Update the token, to itself")
      try await steps.refusedUpdate(id, to: AuthToken(parsing: String(repeating: "0", count: 32)))
    } catch {
      file.remove()
      throw error
    }
    do {
      try await steps.createSecondary(id)
    } catch {
      if (try? await steps.host.candidate(id)) != nil { try await giveUp(id) } else { file.remove() }
      throw error
    }
    guard try await isWantedOnceWrittenDown(id) else { return try await giveUp(id) }
    try await promote(id)
  }

  private func isWantedOnceWrittenDown(_ id: ProviderID) async throws -> Bool {
    do {
      let candidate = try await steps.host.candidate(id)
      try await narrator.step("Write the new token down") {
        try file.write(candidate)
        return "To \(file.path), which only you can read: from the promotion on it is the account's token."
      }
    } catch {
      try await giveUp(id)
      throw error
    }
    narrator.gap()
    narrator.say(
      "If you go on, the token in TWILIO_AUTH_TOKEN stops working AT ONCE, for everything that uses it: calls to "
        + "Twilio with it fail, and webhooks are signed with the new token. This cannot be undone.")
    defer { narrator.gap() }
    return narrator.confirm("Promote the new token of \(steps.accountSID)?")
  }

  private func giveUp(_ id: ProviderID) async throws {
    try await narrator.step("Delete the secondary again") {
      try await steps.host.providers.deleteSecondaryToken(of: id)
      file.remove()
      try narrator.expect(try await steps.host.role(of: token, for: id) != nil, "the token of before")
      return "The account has the token that it had, and no other; the file is removed."
    }
    try await steps.remove(id)
    try steps.checkOutput(for: [token])
    narrator.gap()
    narrator.title("Nothing was promoted.")
  }

  private func promote(_ id: ProviderID) async throws {
    do {
      try await steps.promote(id)
    } catch {
      narrator.say(
        "Keep \(file.path): the token in it may be the account's primary already. If it is not, delete the secondary "
          + "in the Twilio Console.")
      throw error
    }
    let promoted = try await steps.host.currentToken(id)
    // Twilio's answer names the token that counts; it is what was written down unless something is very wrong.
    try file.write(promoted)
    try await steps.prove(id, old: token)
    try await steps.remove(id)
    try steps.checkOutput(for: [token, promoted])
    narrator.gap()
    narrator.title("Done. The account's new Auth Token is in \(file.path).")
    narrator.say("Give it to everything that used the old one, then delete the file.")
  }
}
