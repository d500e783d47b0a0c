import TokenRotationCore

/// What a world is known by: 128 bits, so that no two of a billion worlds can be expected to share them.
struct Fingerprint: Hashable {
  private(set) var first: UInt64 = 0x243f_6a88_85a3_08d3
  private(set) var second: UInt64 = 0x1319_8a2e_0370_7344

  /// Takes a word in.
  ///
  /// Each half stays a bijection of what it was, so that nothing taken in before is lost.
  fileprivate mutating func take(_ word: UInt64) {
    first = (first ^ word) &* 0x9e37_79b9_7f4a_7c15
    first ^= first >> 32
    second = (second &+ word) &* 0xc2b2_ae3d_27d4_eb4f
    second ^= second >> 29
  }
}

extension World {
  var fingerprint: Fingerprint {
    var print = Fingerprint()
    print.take(
      UInt64(twilio.primary) | UInt64(twilio.secondary) << 8 | UInt64(twilio.lastToken) << 16
        | UInt64(twilio.formerPrimary) << 24 | UInt64(goal?.number ?? 0) << 32 | UInt64(budget.tenures) << 40)
    print.take(UInt64(twilio.unsettled) | UInt64(twilio.persons) << 32)
    print.take(UInt64(twilio.primaries) | UInt64(UInt32(bitPattern: ledger)) << 32)
    print.take(twilio.late.bits)
    for index in Workers.indices {
      let worker = workers[index]
      let flags: UInt64 =
        (worker.isCurrent ? 1 : 0) | (worker.hasCheckedLease ? 2 : 0) | (worker.isWaiting ? 4 : 0)
        | (worker.isOvertakenByPerson ? 8 : 0) | (worker.isLeaseOver ? 16 : 0) | (worker.isSettling ? 32 : 0)
        | (worker.isToldOfPrimary ? 64 : 0)
      print.take(UInt64(UInt32(bitPattern: worker.machine)) | UInt64(UInt32(bitPattern: worker.view)) << 32)
      print.take(UInt64(worker.awaitsSettling) | UInt64(worker.received) << 32 | flags << 40)
    }
    let first =
      UInt64(budget.crashes) | UInt64(budget.lostAnswers) << 8 | UInt64(budget.lateCalls) << 16
      | UInt64(budget.staleAnswers) << 24
    let second =
      UInt64(budget.storeFaults) << 32 | UInt64(budget.takeovers) << 40 | UInt64(budget.personActs) << 48
      | UInt64(budget.updates) << 56
    print.take(first | second)
    return print
  }
}

extension RotationMachine.Goal {
  /// Another one for each goal, from 1 on.
  var number: UInt8 {
    switch self {
    case .rotate: 1
    case .create: 2
    case .abandon: 3
    case .delete: 4
    case .resume: 5
    case .update: 6
    }
  }
}

/// The fingerprints of the worlds that were met.
struct FingerprintSet {
  private var slots = [Fingerprint?](repeating: nil, count: 1 << 12)
  private(set) var count = 0

  /// Takes one in.
  ///
  /// - Returns: Whether it was not there before.
  mutating func insert(_ print: Fingerprint) -> Bool {
    if count * 3 > slots.count * 2 { grow() }
    let slot = slot(of: print)
    guard slots[slot] == nil else { return false }
    slots[slot] = print
    count += 1
    return true
  }

  /// Where it is, or belongs.
  private func slot(of print: Fingerprint) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: print.first ^ print.second >> 17) & mask
    while let other = slots[slot], other != print { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: nil, count: old.count * 2)
    for case let print? in old { slots[slot(of: print)] = print }
  }
}
