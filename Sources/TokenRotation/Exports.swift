@_exported public import HTTPTypes
@_exported public import TokenRotationCore
@_exported public import TokenRotationCurl
@_exported public import TokenRotationOpenSSL
