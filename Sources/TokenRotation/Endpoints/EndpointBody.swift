import HTTPTypes
import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The fields of a request's JSON object; whoever reads one names all that there may be.
struct EndpointBody {
  private let fields: [String: JSONValue]

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - request: The request's head, which says of what type the body is.
  ///   - body: The bytes.
  ///   - known: The fields that there may be.
  /// - Throws: ``EndpointProblem``: not JSON, no object, a field that is not known.
  init(_ request: HTTPRequest, _ body: [UInt8], known: Set<String>) throws(EndpointProblem) {
    guard Self.isJSON(request.headerFields[.contentType]) else { throw .mediaTypeUnsupported }
    guard let fields = try? JSONDecoder().decode([String: JSONValue].self, from: Data(body)) else {
      throw .bodyMalformed
    }
    if let unknown = fields.keys.filter({ !known.contains($0) }).min() { throw .fieldUnknown(unknown) }
    self.fields = fields
  }

  /// A text that has to be there.
  func string(_ name: String) throws(EndpointProblem) -> String {
    guard let text = try optionalString(name) else { throw .fieldMissing(name) }
    return text
  }

  /// A text; nil if it is not there.
  func optionalString(_ name: String) throws(EndpointProblem) -> String? {
    switch fields[name] {
    case nil: return nil
    case .string(let text): return text
    default: throw .fieldMalformed(name, "a text")
    }
  }

  /// True or false; nil if it is not there.
  func optionalBool(_ name: String) throws(EndpointProblem) -> Bool? {
    switch fields[name] {
    case nil: return nil
    case .bool(let value): return value
    default: throw .fieldMalformed(name, "true or false")
    }
  }

  private static func isJSON(_ mediaType: String?) -> Bool {
    let type = mediaType?.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    return type == "application/json"
  }
}

/// The parameters of a request's query.
struct EndpointQuery {
  private var parameters: [String: String] = [:]

  /// Reads what stands behind the question mark.
  ///
  /// - Throws: ``EndpointProblem``: an escape that is none, a parameter that is not known or comes twice.
  init(_ query: Substring?, known: Set<String> = []) throws(EndpointProblem) {
    for pair in query?.split(separator: "&") ?? [] {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.replacing("+", with: " ") }
      guard let name = PercentEncoding.decode(parts[0]),
        let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
      else { throw .addressMalformed }
      guard known.contains(name) else { throw .parameterUnknown(name) }
      guard parameters.updateValue(value, forKey: name) == nil else { throw .parameterMalformed(name, "there") }
    }
  }

  subscript(name: String) -> String? { parameters[name] }
}

/// What `If-Match` says.
enum EndpointPrecondition: Sendable {
  /// Nothing, or any state.
  case none
  /// One of these states.
  case tags(Set<String>)

  /// - Throws: ``EndpointProblem`` for what is no list of entity tags.
  init(_ request: HTTPRequest) throws(EndpointProblem) {
    guard let text = request.headerFields[.ifMatch], text.trimmed != "*" else {
      self = .none
      return
    }
    var tags: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) {
      let isWeak = part.hasPrefix("W/")
      let tag = isWeak ? part.dropFirst(2) : part
      guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\""), !tag.dropFirst().dropLast().contains("\"") else {
        throw .preconditionMalformed
      }
      // A weak tag never matches here (RFC 9110, 13.1.1).
      if !isWeak { tags.insert(String(tag)) }
    }
    self = .tags(tags)
  }

  func allows(_ revision: Revision) -> Bool {
    switch self {
    case .none: true
    case .tags(let tags): tags.contains(Self.tag(revision))
    }
  }

  /// The entity tag of a state.
  static func tag(_ revision: Revision) -> String { "\"\(revision)\"" }
}

extension StringProtocol {
  /// Without spaces and tabs at both ends.
  fileprivate var trimmed: SubSequence {
    let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
    let end = lastIndex { $0 != " " && $0 != "\t" }.map(index(after:)) ?? start
    return self[start..<end]
  }
}
