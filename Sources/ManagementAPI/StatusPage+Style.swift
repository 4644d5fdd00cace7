extension StatusPage {
    /// Of the style, in SHA-256 and base 64; a test holds it to that.
    static let styleDigest = "5wDuJ1HmffDaNwbgBtuOyk/C8f/14kpOOlnPa1+fgQA="

    /// All of the page's style; nothing else may have any.
    static let style = """
        :root{color-scheme:light dark;--ink:#1b2028;--faint:#525c69;--paper:#fff;--card:#f5f7f9;--line:#d3d9e0;--link:#0b57a4;
        --good:#14602b;--on-good:#def3e4;--notice:#6d4400;--on-notice:#fff1d6;--trouble:#9d1519;--on-trouble:#fde5e3}
        @media(prefers-color-scheme:dark){:root{--ink:#e5e9ee;--faint:#a5afbb;--paper:#14181d;--card:#1d232a;--line:#39424d;--link:#8bbcf5;
        --good:#86dd9d;--on-good:#173322;--notice:#f3c771;--on-notice:#3a2c10;--trouble:#ffa8a2;--on-trouble:#451d1e}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:1rem .75rem;max-width:70rem;background:var(--paper);color:var(--ink);font:1rem/1.45 system-ui,sans-serif;
        overflow-wrap:anywhere}
        h1{font-size:1.5rem;line-height:1.25;margin:0}h2{font-size:1.15rem;margin:2rem 0 .6rem}h3{font-size:1rem;margin:0 0 .4rem}
        p{margin:.4rem 0}a{color:var(--link)}ul{margin:.4rem 0;padding-left:1.2rem}
        code{font:.9em ui-monospace,monospace;background:var(--card);border:1px solid var(--line);border-radius:.25rem;padding:0 .25rem}
        .verdict{padding:1rem;border-radius:.5rem;border-left:.5rem solid}
        .verdict>*{color:var(--ink)}.verdict h1{color:inherit}
        .good{color:var(--good);background:var(--on-good)}
        .notice,.unknown{color:var(--notice);background:var(--on-notice)}
        .trouble,.down{color:var(--trouble);background:var(--on-trouble)}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:.75rem;align-items:start}
        .card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
        .state{font-size:.8rem;font-weight:600;border-radius:1rem;padding:.1rem .6rem;margin-left:.3rem}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .75rem;margin:0}dt{color:var(--faint)}dd{margin:0}
        .small,figcaption,caption{font-size:.875rem;color:var(--faint)}
        table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.2rem 0}caption b{color:var(--ink);font-size:1rem}
        th,td{text-align:left;vertical-align:top;padding:.3rem .5rem .3rem 0;border-bottom:1px solid var(--line)}
        table:not(.days) tbody th{min-width:8.4rem}td{min-width:4rem}.days td{min-width:0}
        thead th{overflow-wrap:normal;font-size:.875rem;color:var(--faint);font-weight:600}
        td.down,td.unknown{font-weight:600;background:none}
        .days{table-layout:fixed;font-size:.8125rem}.days th,.days td{padding:.15rem .1rem;text-align:center;border:1px solid var(--paper)}
        .days th{font-weight:400;color:var(--faint);white-space:nowrap}.days th:first-child{width:3.4rem;text-align:left}
        .days td[class]{white-space:nowrap}
        i{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .days td::after{font-weight:700}
        .g{color:var(--good);background:var(--on-good)}.g::after{content:"✓";content:"✓"/""}
        .m{color:var(--notice);background:var(--on-notice)}.m::after{content:"±";content:"±"/""}
        .f{color:var(--trouble);background:var(--on-trouble)}.f::after{content:"✗";content:"✗"/""}
        .u{color:var(--trouble);background:var(--on-trouble)}.u::after{content:"?";content:"?"/""}
        .r{color:var(--notice);background:var(--on-notice)}.r::after{content:"…";content:"…"/""}
        .n{color:var(--faint)}.n::after{content:"·";content:"·"/""}
        .days [aria-current]{outline:2px solid var(--ink);outline-offset:-2px}
        .legend span{display:inline-block;padding:.05rem .4rem;margin:0 .3rem .3rem 0;border-radius:.25rem}.legend span::after{content:none}
        .wide{overflow-x:auto}.signs{font-family:ui-monospace,monospace;white-space:nowrap}
        figure{margin:.4rem 0}svg{display:block;width:100%;height:2.6rem;border-bottom:1px solid var(--line)}path{stroke:var(--link);stroke-width:3}
        progress{width:100%;max-width:20rem;height:1rem;vertical-align:middle;accent-color:var(--link)}
        #told{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        #lost{position:sticky;top:0;margin:0 0 .75rem;padding:.75rem;border:2px solid;border-radius:.5rem;color:var(--trouble);
        background:var(--on-trouble);font-weight:600}
        footer{margin-top:2rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--faint)}
        @media(max-width:30rem){h1{font-size:1.25rem}table:not(.days){font-size:.8125rem}}
        """
}
