/// What is refused before a connection is made.
package enum RefusedRequest {
  /// `HOST` stands for a host that would answer.
  package static let targets: [(scheme: String, authority: String, path: String)] = [
    ("ftp", "HOST", "/"), ("file", "HOST", "/etc/passwd"), ("", "HOST", "/"), ("http", "", "/"),
    ("http", "user@HOST", "/"), ("http", "u:p@HOST", "/"), ("http", "HOST/x", "/"), ("http", "HOST?x", "/"),
    ("http", "HOST#x", "/"), ("http", "HOST\\x", "/"), ("http", "127.0.0.1%2e:80", "/"), ("http", "127.0.0.1:", "/"),
    ("http", "127.0.0.1:0", "/"), ("http", "127.0.0.1:65536", "/"), ("http", "127.0.0.1:8a", "/"),
    ("http", "[::1", "/"), ("http", "[::1]x", "/"), ("http", "exämple.com", "/"), ("http", "a b", "/"),
    ("http", "HOST", ""), ("http", "HOST", "x"), ("http", "HOST", "*"), ("http", "HOST", "/a b"),
    ("http", "HOST", "/a\r\nX: y"), ("http", "HOST", "/\u{0}x"), ("http", "HOST", "/ä"), ("http", "HOST", "/a#b"),
    ("http", "HOST", "/\u{7f}x"),
  ]

  /// What says where a request goes and where it ends, which the transport writes itself.
  package static let fields: [(String, String)] = [
    ("Host", "example.com"), ("Transfer-Encoding", "chunked"), ("Content-Length", "2"), ("Connection", "close"),
    ("Expect", "100-continue"), ("Upgrade", "h2c"), ("TE", "trailers"), ("HTTP2-Settings", "x"),
    ("Proxy-Authorization", "Basic eDp5"),
  ]
}
