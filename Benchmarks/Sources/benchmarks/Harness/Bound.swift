/// What the ratio of our figure to the peer's has to be, and so whether more is better or less.
enum Bound: CustomStringConvertible {
  case atLeast(Double)
  case atMost(Double)
  case below(Double)

  func holds(_ ratio: Double) -> Bool {
    switch self {
    case .atLeast(let bound): ratio >= bound
    case .atMost(let bound): ratio <= bound
    case .below(let bound): ratio < bound
    }
  }

  var description: String {
    switch self {
    case .atLeast(let bound): ">=\(bound)"
    case .atMost(let bound): "<=\(bound)"
    case .below(let bound): "<\(bound)"
    }
  }
}
