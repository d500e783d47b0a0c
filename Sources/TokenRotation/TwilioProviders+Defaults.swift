extension TwilioProviders {
  /// Assembles the parts with the defaults: libcurl sends, OpenSSL seals, Twilio validates.
  ///
  /// - Parameters:
  ///   - store: Keeps the records.
  ///   - keyring: The keys that tokens are sealed with, such as `.environment()`.
  ///   - configuration: Everything else.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed``, or ``TransportError``, if
  ///   OpenSSL or libcurl cannot be set up.
  public convenience init(
    store: any ProviderStore,
    keyring: Keyring,
    configuration: TokenRotationConfiguration = .init()
  ) throws {
    try self.init(store: store, keyring: keyring, transport: CurlTransport(), configuration: configuration)
  }

  /// Assembles the parts with a transport of the host's, and the defaults otherwise.
  ///
  /// - Parameters:
  ///   - store: Keeps the records.
  ///   - keyring: The keys that tokens are sealed with.
  ///   - transport: Sends requests to Twilio.
  ///   - configuration: Everything else.
  /// - Throws: ``TokenRotationError`` with the code ``TokenRotationError/Code/cipherFailed`` if OpenSSL cannot be set up.
  public convenience init(
    store: any ProviderStore,
    keyring: Keyring,
    transport: any HTTPTransport,
    configuration: TokenRotationConfiguration = .init()
  ) throws {
    self.init(
      store: store, cipher: try OpenSSLTokenCipher(keyring: keyring), transport: transport,
      configuration: configuration)
  }
}
