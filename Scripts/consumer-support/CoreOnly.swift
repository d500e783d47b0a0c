import TokenRotationCore

print(try ProviderID("core"), InMemoryProviderStore().isDurable)
