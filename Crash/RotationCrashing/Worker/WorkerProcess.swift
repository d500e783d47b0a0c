import Foundation
import Logging
import TokenRotation
import TokenRotationSimulator

/// A host's process: the library on a durable store, with nothing of the harness in it.
package struct WorkerProcess {
  let task: WorkerTask
  let store: any ProviderStore
  let providers: TwilioProviders
  let keyring: Keyring
  var random: SeededRandomNumberGenerator

  /// Reads the task, does it, and tells whether it came to its end.
  package static func run(_ text: String) async throws -> Bool {
    let task = try JSONDecoder().decode(WorkerTask.self, from: Data(text.utf8))
    guard let address = StoreAddress(task.store) else { throw CrashFailure("There is no store \(task.store).") }
    let store = try await address.open()
    var worker = try WorkerProcess(task, on: RecordedStore(task.isForgetful ? ForgetfulStore(store) : store))
    say("ready")
    do {
      try await worker.perform()
      return true
    } catch {
      say("failed \((error as? TokenRotationError)?.code.rawValue ?? "\(error)")")
      return false
    }
  }

  private init(_ task: WorkerTask, on store: any ProviderStore) throws {
    self.task = task
    self.store = store
    keyring = try .environment()
    random = SeededRandomNumberGenerator(seed: task.seed)
    var configuration = TokenRotationConfiguration(
      endpoints: try .redirected(to: task.twilio),
      timings: task.isShared ? try CrashTimings.shared() : CrashTimings.killed,
      retryPolicy: RetryPolicy(attempts: 3) { Double.random(in: 0...0.02) })
    configuration.logger.logLevel = .critical
    providers = try TwilioProviders(store: store, keyring: keyring, configuration: configuration)
  }

  private mutating func perform() async throws {
    let ids = try task.providers.map { try ProviderID($0) }
    switch task.operation {
    case .share: try await share(ids)
    case .resumeAll: for result in try await providers.resumeAllRotations().values { try result.get() }
    case .work, .resume, .update, .person:
      guard let id = ids.first else { throw CrashFailure("There is no provider to work on.") }
      switch task.operation {
      case .work: await work(on: id)
      case .update: try await updateFromConsole(id)
      case .person: try await follow(try await providers.explainRotation(of: id))
      default: try await providers.resumeRotation(of: id)
      }
    }
  }

  private mutating func work(on id: ProviderID) async {
    while true {
      do {
        switch UInt8.random(in: 0..<100, using: &random) {
        case ..<50:
          try await providers.rotateAuthToken(of: id)
        case ..<65:
          try await providers.updateAuthToken(of: id, to: try await currentToken(of: id))
        default:
          try await providers.createSecondaryToken(of: id)
          try await providers.deleteSecondaryToken(of: id)
        }
      } catch {
        say("failed \((error as? TokenRotationError)?.code.rawValue ?? "\(error)")")
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  private func currentToken(of id: ProviderID) async throws -> AuthToken {
    guard let stored = try await store.read(id) else { throw CrashFailure("The provider is not in the store.") }
    return try HeldTokens(stored.record, keyring).current
  }

  private func updateFromConsole(_ id: ProviderID) async throws {
    let sid = try await providers.provider(id).accountSID
    let primary = try await TwilioConsole(task.console).account(sid).primary
    try await providers.updateAuthToken(of: id, to: AuthToken(parsing: primary))
  }

  /// What a person does who is told that: the harness makes all secondaries, so none is somebody else's.
  private func follow(_ explanation: RotationExplanation) async throws {
    if explanation.nextStep.contains("deleteSecondaryToken") {
      try await providers.deleteSecondaryToken(of: explanation.providerID)
    } else if explanation.nextStep.contains("updateAuthToken") {
      try await updateFromConsole(explanation.providerID)
    } else {
      throw CrashFailure("The explanation names no way out: \(explanation.nextStep)")
    }
  }
}

/// Prints a line at once: the parent waits for it, and a process that is killed prints nothing more.
func say(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}
