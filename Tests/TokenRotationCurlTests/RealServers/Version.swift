import LoopbackSupport

/// What repeatable requests speak with a site; all others speak HTTP/1.1 whatever the site can.
enum Version: String, CaseIterable {
  case http1 = "HTTP/1.1"
  case http2 = "HTTP/2.0"

  func site(_ directives: String = "", certificate: LocalCertificates.Kind = .good) -> NginxServer.Site {
    NginxServer.Site(self == .http1 ? "ssl" : "ssl http2", certificate: certificate, directives)
  }
}
