/// Texts that were read lately: who reads one again gets the same copy of it.
struct RecentTexts {
    private static let count = 1_024
    private var texts = [String](repeating: "", count: count)

    mutating func text(of bytes: UnsafeBufferPointer<UInt8>) -> String {
        // Short ones are no copies.
        guard bytes.count > 15 else { return String(decoding: bytes, as: UTF8.self) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let place = Int(hash >> 32) % Self.count
        let isSame = texts[place].utf8.withContiguousStorageIfAvailable { known in
            known.count == bytes.count && known.elementsEqual(bytes)
        }
        if isSame == true { return texts[place] }
        let text = String(decoding: bytes, as: UTF8.self)
        texts[place] = text
        return text
    }
}
