import PrometheusExposition
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ExpositionTests {
    private var families: [MetricFamily] {
        var histogram = Histogram(bounds: [1, 2.5])
        for value in [0.5, 1, 2, 99] { histogram.observe(value) }
        var counter = CounterSet()
        counter.add(2, "b")
        counter.add(1, "a\\\"\n")
        let (took, runs) = (histogram, counter)
        let rows: [Metric<Void>] = [
            Metric(counter: "runs", "Runs\nof \\ jobs.", labels: ["job"]) { runs.series },
            Metric(gauge: "cold", "How \"cold\".") { -1.5 },
            Metric(gauge: "temperature", "How \"warm\".", labels: ["at"]) { [(["x"], .infinity)] },
            Metric(histogram: "took_seconds", "How long.", labels: ["job"]) { [(["a"], took)] },
            Metric(info: "build", "What.", labels: ["version"]) { ["1"] },
            Metric(gauge: "absent", "Nothing.") { nil },
        ]
        return rows.map { $0.family(of: ()) }
    }

    @Test func writesTheTextFormat() {
        #expect(
            ExpositionFormat.text.exposition(of: families) == #"""
                # HELP runs_total Runs\nof \\ jobs.
                # TYPE runs_total counter
                runs_total{job="a\\\"\n"} 1
                runs_total{job="b"} 2
                # HELP cold How "cold".
                # TYPE cold gauge
                cold -1.5
                # HELP temperature How "warm".
                # TYPE temperature gauge
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
