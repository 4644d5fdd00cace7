internal import BackupDaemon
internal import Time

extension HTML {
    /// A sentence, with its times and commands told apart from its words.
    init(_ phrase: Phrase, at now: Instant) {
        let pieces: [HTML] = phrase.pieces.map { piece in
            switch piece {
            case .words(let words): "\(words)"
            case .time(let time, let zone, let style): HTML(time, in: zone, as: style, at: now)
            case .command(let command): "<code>\(command)</code>"
            }
        }
        self = "\(pieces)"
    }

    init(_ time: Instant, in zone: Zone, as style: Phrase.TimeStyle = .moment, at now: Instant) {
        let second = Instant(secondsSinceEpoch: time.secondsSinceEpoch)
        let exact = second.rfc3339(offset: zone.offset(at: time))
        self = "<time datetime=\"\(exact)\">\(time.words(in: zone, as: style, at: now))</time>"
    }
}
