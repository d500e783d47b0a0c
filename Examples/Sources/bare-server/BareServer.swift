import ExampleSupport
import Hummingbird

/// A Hummingbird server that answers every update with the same document and does nothing else: what the load that
/// provider-server takes is measured beside.
@main
struct BareServer {
  /// As large as what provider-server answers to an update.
  private static let document = ByteBuffer(
    string: """
      {"accountSid":"AC0123456789abcdef0123456789abcdef","id":"c8cbda36-a9e9-4003-abc6-c64ba6ace778",\
      "lastVerifiedAt":"2026-01-01T00:00:00.000Z","name":"Support line","phoneNumberCount":0,"providerType":"twilio",\
      "region":"us1","supportsCallTransfer":false,"terminationUri":null,"trunkSid":null,"verificationDetails":[\
      {"checkName":"Credentials","details":null,"message":"Twilio accepted the account SID and Auth Token.",\
      "status":"passed","timestamp":"2026-01-01T00:00:00.000Z"}],"verificationStatus":"verified"}
      """)

  static func main() async throws {
    let router = Router()
    router.patch("/api/v1/providers/twilio/:id/auth-token") { request, _ in
      _ = try await request.body.collect(upTo: 16_384)
      return Response(
        status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: document))
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        Terminal.print("bare-server: listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
      })
    try await application.runService()
  }
}
