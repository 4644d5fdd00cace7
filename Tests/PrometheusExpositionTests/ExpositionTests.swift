import JSON
import PrometheusExposition
import TestSupport
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
            ("application/openmetrics-text;q=0.2, text/plain;q=0.3", .text),
            ("application/openmetrics-text;q=0.2, text/plain;q=0.200", .openMetrics),
            ("application/openmetrics-text;version=0.0.1;q=0.1, application/openmetrics-text, */*", .openMetrics),
            ("application/openmetrics-text;q=0.2, */*", .text), ("APPLICATION/OpenMetrics-Text", .openMetrics),
            (",;=, application/openmetrics-text;q=x", .text), ("", .text),
        ] as [(String?, ExpositionFormat)])
    func choosesByAccept(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }

    /// Whatever a label holds, its reader gets it back.
    @Test func hostileLabelsComeThrough() throws {
        let hostile = [
            "a\\", "\"", "\n", "\\n", "\\\"", "}", "{a=\"b\"} 1", "# EOF", "ä\u{202E}\u{1F980}", " ", ",", "a\tb\r",
        ]
        var counter = CounterSet()
        for (number, text) in hostile.enumerated() { counter.add(Double(number + 1), text) }
        let runs = counter
        let row = Metric<Void>(counter: "runs", "Runs.", labels: ["job"]) { runs.series }
        let script = """
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families as text
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
            parse = openmetrics if sys.argv[2] == "openmetrics" else text
            samples = [s for f in parse(open(sys.argv[1], newline="").read()) for s in f.samples]
            json.dump([s.labels["job"] for s in sorted(samples, key=lambda s: s.value)], sys.stdout)
            """
        for format in [ExpositionFormat.text, .openMetrics] {
            let exposition = format.exposition(of: [row.family(of: ())])
            let read = try withTemporaryFolder { folder in
                try write(exposition, toFile: "\(folder)/metrics")
                return try run(
                    "env", "PYTHONPATH=\(repositoryFolder)/.build/python", "python3", "-c", script,
                    "\(folder)/metrics", format == .text ? "text" : "openmetrics")
            }
            #expect(read.status == 0, "\(read.errors.suffix(500))")
            let labels = try #require(JSONValue(Array(read.output.utf8))).strings
            #expect(labels == hostile, "\(format)")
        }
    }
}
