public import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TwilioSession {
  /// The pages of a listing, each fetched when it is asked for.
  ///
  /// Twilio's answers name the next page, by a whole URL (`meta.next_page_url`) or by a path (`next_page_uri`); both are
  /// checked like any other address before a token goes there. An answer that is no success is the last one.
  ///
  /// - Parameter head: The request for the first page; see ``send(_:body:)``.
  public func pages(_ head: HTTPRequest) -> TwilioPages {
    TwilioPages(session: self, first: head)
  }
}

/// The answers to a listing, page by page; iterating throws what ``TwilioSession/send(_:body:)`` does.
public struct TwilioPages: AsyncSequence, Sendable {
  /// A page.
  public typealias Element = TransportResponse

  let session: TwilioSession
  let first: HTTPRequest

  /// Starts from the first page.
  public func makeAsyncIterator() -> Iterator {
    Iterator(session: session, next: first)
  }

  /// Fetches one page after the other.
  public struct Iterator: AsyncIteratorProtocol {
    let session: TwilioSession
    var next: HTTPRequest?

    /// The next page; nil after the last one.
    ///
    /// - Throws: What ``TwilioSession/send(_:body:)`` throws, `twilioAnswerMalformed` if an answer names a next page that
    ///   is no address, or the page itself.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws -> TransportResponse? {
      guard let head = next else { return nil }
      next = nil
      let response = try await session.send(head)
      if response.head.status.kind == .successful { next = try Self.next(after: response, to: head) }
      return response
    }

    private static func next(after response: TransportResponse, to head: HTTPRequest) throws -> HTTPRequest? {
      guard let page = try? JSONDecoder().decode(Page.self, from: Data(response.body)) else { return nil }
      var following = head
      if let path = page.path {
        guard path.hasPrefix("/") else { throw malformed }
        following.path = path
      } else if let url = page.meta?.url {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let slash = parts[1].firstIndex(of: "/") else { throw malformed }
        (following.scheme, following.authority) = (parts[0].lowercased(), String(parts[1][..<slash]))
        following.path = String(parts[1][slash...])
      } else {
        return nil
      }
      guard following != head else { throw malformed }
      return following
    }

    private static var malformed: TokenRotationError {
      TokenRotationError(.twilioAnswerMalformed, "The answer names a next page that is no address, or itself.")
    }
  }

  private struct Page: Decodable {
    struct Meta: Decodable {
      let url: String?
      private enum CodingKeys: String, CodingKey { case url = "next_page_url" }
    }

    let path: String?
    let meta: Meta?

    private enum CodingKeys: String, CodingKey {
      case meta
      case path = "next_page_uri"
    }
  }
}
