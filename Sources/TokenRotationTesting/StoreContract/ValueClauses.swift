import TokenRotationCore

extension ContractClause {
  /// What a record may hold.
  static let values: [ContractClause] = [
    ContractClause(
      name: "oddIDs", promise: "Any id is kept byte by byte, and tells its record from every other one."
    ) { subject in
      let store = try await subject.open()
      let ids = [
        "id", "Id", "ID", "id ", " id", "id\n", "id\t", "é", "e\u{301}", "İ", "i̇", "ss", "ß", "%", "_", "\\", "'", "\"",
        "''", "'; DROP TABLE providers; --", "$1", "?1", ":id", "{\"id\":1}", "NULL", "null", "0", "00", "1e3", "\u{1}",
        "\u{7f}", "\u{200b}", "\u{202e}di", "\u{feff}id", "\u{fffe}", "\u{ffff}", "\u{10ffff}", "👩‍👩‍👧‍👦", "👩", "𐀀",
        String(repeating: "x", count: 128), String(repeating: "\u{10ffff}", count: 128),
        "e" + String(repeating: "\u{301}", count: 127),
      ]
      var stored: [StoredRecord] = []
      for (number, id) in ids.enumerated() {
        stored.append(try await store.insert(subject.record(id, account: number, name: "The record \(number)")))
      }
      for (number, expected) in stored.enumerated() {
        try await subject.expect(expected, at: expected.record.id, in: store, "With the id \(expected.record.id)")
        let found = try await store.find(accountSID: subject.accountSID(number))
        try subject.require(
          found == [expected], "find gives another record than the one with the id \(expected.record.id).")
      }
      for expected in stored { try await store.remove(expected.record.id, ifRevision: expected.revision) }
      let page = try await store.page(after: nil, limit: .max)
      try subject.require(page.records.isEmpty, "\(page.records.map(\.record.id)) are left after all were removed.")
    },
    ContractClause(
      name: "largeValues", promise: "A record comes back as it went in, however large, and whatever its text holds."
    ) { subject in
      let store = try await subject.open()
      let other = try await subject.open()
      let names = [
        String(repeating: "👩‍👩‍👧‍👦", count: 100), String(repeating: "e\u{301}", count: 100), "é", "e\u{301}",
        "'; DROP TABLE providers; --", "\\", "\"", "\u{1}\u{1f}\u{7f}", "\n\r\t\u{8}\u{c}", "\\u0000", "$1 %s {} <&>",
        " ",
        "\u{2028}\u{2029}\u{fffe}\u{10ffff}", "\u{202e}drawkcab",
      ]
      var stored = try await store.insert(subject.record("one"))
      for name in names {
        stored = try await store.replace(stored.record.named(name), ifRevision: stored.revision)
        let found = try await other.read(stored.record.id)
        // Swift takes two spellings of one text for equal; the bytes are not.
        try subject.require(
          found == stored && found.map { $0.record.details.name.utf8.elementsEqual(name.utf8) } == true,
          "The name \(name.debugDescription) comes back changed.")
      }
      var large = stored.record
      large.token = SealedToken(bytes: (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      large.rotation.givenUp = (0..<400).map {
        SealedToken(bytes: .init(repeating: UInt8(truncatingIfNeeded: $0), count: 93))
      }
      large.details.phoneNumberCount = .max
      stored = try await store.replace(large, ifRevision: stored.revision)
      try subject.require(stored.record == large, "A replace returned another record than the large one given.")
      try await subject.expect(stored, at: large.id, in: other, "With a large record")
      large.token = SealedToken(bytes: [])
      large.rotation.givenUp = []
      stored = try await store.replace(large, ifRevision: stored.revision)
      try await subject.expect(stored, at: large.id, in: other, "Made small again")
    },
    ContractClause(
      name: "unknownFields", promise: "Fields of a newer release, in the record and in its rotation, are kept."
    ) { subject in
      let store = try await subject.open()
      let other = try await subject.open()
      let fields: [String: JSONValue] = [
        "added": .string("later \u{1F511}"), "none": .null, "": .bool(true), "größe": .integer(.max),
        "larger": .unsigned(.max), "part": .number(0.1), "huge": .number(1e300), "tiny": .number(-2.5e-300),
        "list": .array([.integer(1), .array([]), .object([:]), .null]),
        "object": .object(["b": .integer(2), "a": .object(["'": .string("\"\\/\n")])]), "sealedAt": .integer(-1),
      ]
      let record = try subject.adding(fields, to: subject.record("one"))
      try subject.require(record != (try subject.record("one")), "The check itself made no unknown field.")
      var stored = try await store.insert(record)
      try subject.require(stored.record == record, "An insert returned the record without its unknown fields.")
      let found = try subject.require(try await other.read(record.id), "The record is not there.")
      try subject.require(found.record == record, "The record comes back with other unknown fields than it went in.")
      stored = try await other.replace(found.record.named("Another name"), ifRevision: found.revision)
      let expected = record.named("Another name")
      let states = [
        stored, try await store.read(record.id), try await store.find(accountSID: record.accountSID).first,
        try await store.page(after: nil, limit: 1).records.first,
      ]
      for state in states {
        try subject.require(state?.record == expected, "After a replace the unknown fields are not what they were.")
      }
    },
  ]
}
