import HTTPTypes
import TokenRotationCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why a request was not done, as a problem document of RFC 9457.
///
/// It repeats nothing of the request but the name of a field, and that only if it cannot be a token.
struct EndpointProblem: Error {
  /// The last part of the document's `type`: stable, what a client decides by.
  let code: String
  let status: HTTPResponse.Status
  let title: String
  let detail: String
  var fields: HTTPFields = [:]

  /// What stands before the code in `type`.
  static let typePrefix = "urn:token-rotation:problem:"

  init(_ code: String, _ status: HTTPResponse.Status, _ title: String, _ detail: String) {
    (self.code, self.status, self.title, self.detail) = (code, status, title, detail)
  }

  /// The response, with an id of its own as `instance`.
  var response: TransportResponse {
    struct Document: Encodable {
      let type: String
      let title: String
      let status: Int
      let detail: String
      let instance: String
    }
    var response = TransportResponse.document(
      status,
      Document(
        type: Self.typePrefix + code, title: title, status: status.code, detail: detail,
        instance: "urn:uuid:" + UUID().uuidString.lowercased()))
    response.head.headerFields[.contentType] = "application/problem+json"
    for field in fields { response.head.headerFields.append(field) }
    return response
  }
}

// MARK: What is wrong with the request

extension EndpointProblem {
  static let addressUnknown = EndpointProblem(
    "addressUnknown", .notFound, "No such address", "There is nothing at this address. See the OpenAPI description.")
  static let addressMalformed = EndpointProblem(
    "addressMalformed", .badRequest, "Malformed address", "The path or the query has an escape that is none.")
  static let forbidden = EndpointProblem(
    "forbidden", .forbidden, "Not allowed", "The caller may not do this.")
  static let bodyMalformed = EndpointProblem(
    "bodyMalformed", .badRequest, "Malformed body", "The body is not a JSON object. Nothing was changed.")
  static let mediaTypeUnsupported = EndpointProblem(
    "mediaTypeUnsupported", .unsupportedMediaType, "Not JSON", "Send the body as application/json.")
  static let preconditionMalformed = EndpointProblem(
    "preconditionMalformed", .badRequest, "Malformed If-Match",
    "If-Match takes entity tags in quotes, as ETag gave them, or *.")
  static let preconditionFailed = EndpointProblem(
    "preconditionFailed", .preconditionFailed, "Changed meanwhile",
    "The provider is not in the state that If-Match names. Read it again. Nothing was changed.")
  static let internalError = EndpointProblem(
    "internal", .internalServerError, "Internal error", "The server failed. Nothing is known of what was changed.")
  static let cancelled = EndpointProblem(
    "cancelled", .serviceUnavailable, "Broken off",
    "The server stopped before it was done. Read the provider before trying again.")

  static var unauthenticated: EndpointProblem {
    var problem = EndpointProblem(
      "unauthenticated", .unauthorized, "Not authenticated", "The request names no caller that is known.")
    problem.fields[.wwwAuthenticate] = "Bearer"
    return problem
  }

  static func methodNotAllowed(_ allowed: Set<HTTPRequest.Method>) -> EndpointProblem {
    var problem = EndpointProblem(
      "methodNotAllowed", .methodNotAllowed, "Another method", "This address takes other methods; see Allow.")
    problem.fields[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    return problem
  }

  static func bodyTooLarge(_ limit: Int) -> EndpointProblem {
    EndpointProblem(
      "bodyTooLarge", .contentTooLarge, "Too large", "A body has at most \(limit) bytes. Nothing was changed.")
  }

  static func fieldUnknown(_ name: String) -> EndpointProblem {
    EndpointProblem(
      "fieldUnknown", .badRequest, "Unknown field", "There is no field \(quoted(name)). Nothing was changed.")
  }

  static func fieldMissing(_ name: String) -> EndpointProblem {
    EndpointProblem("fieldMissing", .badRequest, "Missing field", "The field \(quoted(name)) is missing.")
  }

  static func fieldMalformed(_ name: String, _ expectation: String) -> EndpointProblem {
    EndpointProblem(
      "fieldMalformed", .badRequest, "Malformed field", "The field \(quoted(name)) has to be \(expectation).")
  }

  static func parameterUnknown(_ name: String) -> EndpointProblem {
    EndpointProblem(
      "parameterUnknown", .badRequest, "Unknown parameter",
      "This address takes no parameter \(quoted(name)). Tokens never belong in a URL.")
  }

  static func parameterMalformed(_ name: String, _ expectation: String) -> EndpointProblem {
    EndpointProblem(
      "parameterMalformed", .badRequest, "Malformed parameter",
      "The parameter \(quoted(name)) has to be \(expectation), once.")
  }

  /// A name as it may be shown: one that has the looks of a secret, or of something else than a name, is not.
  private static func quoted(_ name: String) -> String {
    let isName =
      (1...24).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
          UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: false
        }
      }
    return isName ? "'\(name)'" : "of such a name, which is not repeated here"
  }
}
