import Testing

@testable import TokenRotationCore

@Suite("A dictionary that forgets what was not used for longest")
struct RecentlyUsedTests {
  @Test(arguments: [1, 2, 3, 7, 64])
  func neverHoldsMoreThanItsLimitAndAlwaysTheLatest(limit: Int) {
    var recent = RecentlyUsed<Int, Int>(limit: limit)
    for number in 0..<1000 {
      recent.insert(number, for: number % 97)
      #expect(recent.count <= limit)
      #expect(recent.use(number % 97) == number)
    }
  }

  @Test func whatIsUsedBetweenTwoInsertionsStays() {
    var recent = RecentlyUsed<Int, String>(limit: 10)
    recent.insert("kept", for: -1)
    recent.insert("forgotten", for: -2)
    for number in 0..<100 {
      recent.insert("", for: number)
      #expect(recent.use(-1) == "kept")
    }
    #expect(recent.peek(-2) == nil)
    recent.removeAll { $0 == "kept" }
    #expect(recent.peek(-1) == nil)
  }
}
