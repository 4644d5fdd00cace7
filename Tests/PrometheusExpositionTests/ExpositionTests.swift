import PrometheusExposition
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ExpositionTests {
    private var families: [MetricFamily] {
        var histogram = Histogram(bounds: [1, 2.5])
        for value in [0.5, 1, 2, 99] { histogram.observe(value) }
        var counter = CounterSet()
        counter.add(2, ["job": "b"] as Labels)
        counter.add(1, ["job": "a\\\"\n"] as Labels)
        let job: Labels = ["job": "a"]
        let temperatures: [(Labels, Double)] = [(.none, -1.5), (["at": "x"] as Labels, .infinity)]
        return [
            .counter("runs", "Runs\nof \\ jobs.", counter.series), .gauge("temperature", "How \"warm\".", temperatures),
            .histogram("took_seconds", "How long.", [(job, histogram)]),
            .info("build", "What.", [["version": "1"] as Labels]),
            .gauge("absent", "Nothing.", []),
        ]
    }

    @Test func writesTheTextFormat() {
        #expect(
            ExpositionFormat.text.exposition(of: families) == #"""
                # HELP runs_total Runs\nof \\ jobs.
                # TYPE runs_total counter
                runs_total{job="a\\\"\n"} 1
                runs_total{job="b"} 2
                # HELP temperature How "warm".
                # TYPE temperature gauge
                temperature -1.5
                temperature{at="x"} +Inf
                # HELP took_seconds How long.
                # TYPE took_seconds histogram
                took_seconds_bucket{job="a",le="1"} 2
                took_seconds_bucket{job="a",le="2.5"} 3
                took_seconds_bucket{job="a",le="+Inf"} 4
                took_seconds_sum{job="a"} 102.5
                took_seconds_count{job="a"} 4
                # HELP build_info What.
                # TYPE build_info gauge
                build_info{version="1"} 1

                """#)
    }

    @Test func writesOpenMetrics() {
        let text = ExpositionFormat.openMetrics.exposition(of: families)
        #expect(text.hasPrefix("# HELP runs Runs\\nof \\\\ jobs.\n# TYPE runs counter\nruns_total{"))
        #expect(text.contains("# TYPE build info\nbuild_info{version=\"1\"} 1\n"))
        #expect(text.hasSuffix("# EOF\n"))
    }

    @Test(
        arguments: [
            (nil, ExpositionFormat.text), ("*/*", .text), ("application/openmetrics-text; version=1.0.0", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", .openMetrics),
            ("application/openmetrics-text;q=0, text/plain", .text),
        ] as [(String?, ExpositionFormat)])
    func choosesByAccept(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }
}
