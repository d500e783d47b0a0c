/// What is asked for on the command line.
struct Options {
  /// Arguments that make no sense.
  struct Problem: Error {
    let message: String
  }

  static let usage = """
    usage: cutover --rotations R --callers C --processes P [--refresh MS] [--lag SHARE] [--calls N] [--restarts]
      R rotations of one account, while in each of P processes C callers call and webhooks arrive
      --refresh   how old a token in memory may become, in milliseconds (100); every other time is scaled to it
      --lag       how far the last of Twilio's four nodes is behind, as a share of that time (0.9)
      --calls     rotates on until so many calls were made
      --restarts  ends readers at random, and starts others in their place
    """

  var rotations = 20
  var callers = 4
  var processes = 1
  var refresh = 100
  var lag = 0.9
  var calls = 0
  var restarts = false
  /// For a process that reads: the provider, and where Twilio and the store are.
  var reader: (id: String, url: String, store: String)?
  /// For a process that reads: after how many milliseconds it ends; 0 for at the end.
  var life = 0

  init(_ arguments: some Collection<String>) throws {
    var rest = arguments[...]
    func value<Value>(_ option: String, _ parse: (String) -> Value?) throws -> Value {
      guard let value = rest.popFirst().flatMap(parse) else { throw Problem(message: "\(option) takes a value.") }
      return value
    }
    while let option = rest.popFirst() {
      switch option {
      case "--rotations": rotations = try value(option) { Int($0) }
      case "--callers": callers = try value(option) { Int($0) }
      case "--processes": processes = try value(option) { Int($0) }
      case "--refresh": refresh = try value(option) { Int($0) }
      case "--lag": lag = try value(option) { Double($0) }
      case "--calls": calls = try value(option) { Int($0) }
      case "--life": life = try value(option) { Int($0) }
      case "--restarts": restarts = true
      case "--reader":
        reader = (try value(option) { $0 }, try value(option) { $0 }, try value(option) { $0 })
      default: throw Problem(message: "\(option) is not understood.")
      }
    }
    guard rotations > 0, callers > 0, processes > 0, refresh >= 10, (0...0.95).contains(lag) else {
      throw Problem(message: "There has to be something of each, and time for it.")
    }
    guard !restarts || processes > 1 else { throw Problem(message: "What restarts has to be a process of its own.") }
  }

  /// What a process that reads is told.
  func forReader(_ id: String, _ url: String, _ store: String, life: Int) -> [String] {
    ["--callers", "\(callers)", "--refresh", "\(refresh)", "--life", "\(life)", "--reader", id, url, store]
  }
}
