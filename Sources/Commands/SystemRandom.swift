/// Random bits of the system, for the real world; simulations pass in a seeded generator.
@Sendable func systemRandom() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
}
