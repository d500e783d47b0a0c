@_exported public import TokenRotationCore
@_exported public import TokenRotationCurl
@_exported public import TokenRotationOpenSSL
